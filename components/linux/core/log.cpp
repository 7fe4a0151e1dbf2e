// SPDX-License-Identifier: Apache-2.0
#include "components/linux/core/log.hpp"

#include "lib/rt/log.hpp"

namespace tessera::lx {

void log_line(std::string_view text) { rt::log_line(text); }

}  // namespace tessera::lx
