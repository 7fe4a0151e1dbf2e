// SPDX-License-Identifier: Apache-2.0
// The guest's registers as the nucleus shares them.
#pragma once

#include <abi/guest_aarch64.hpp>
#include <abi/nucleus.hpp>
