// SPDX-License-Identifier: Apache-2.0
// Calls that are not there: ENOSYS, and counted by number and program, so that
// the log can show at the end what programs miss.
#pragma once

#include <cstdint>

#include "components/linux/syscall/table.hpp"

namespace tessera::lx {

Result<std::int64_t> sys_unsupported(const Arguments& arguments);
// A call that exists, with a mode that does not (an unknown prctl option is the
// caller's affair; an ioctl or a clone flag that Linux has is ours).
void count_unsupported(std::uint64_t number);
// One line each: name, count, program. To the log, when the personality ends.
void report_unsupported();

}  // namespace tessera::lx
