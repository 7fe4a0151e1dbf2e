// SPDX-License-Identifier: Apache-2.0
// A first program that cannot be run: what a shell would say and end with.
#pragma once

#include <string_view>

#include "components/linux/core/errno.hpp"

namespace tessera::lx {

// 127: nothing of that name. 126: it is there and cannot be run.
int status_of_refusal(Errno error);
// As strerror(3).
std::string_view reason_of_refusal(Errno error);

}  // namespace tessera::lx
