// SPDX-License-Identifier: Apache-2.0
// The log's serial port: a PL011 (Arm DDI 0183, 3.3).
#pragma once

#include <cstdint>

namespace tessera::nucleus::arch {

// Whether the registers mapped there say that they are a PL011's.
bool is_uart(std::uint64_t registers);
// From here on the log goes out through the registers mapped there.
void set_uart(std::uint64_t registers);
// Waits until all that was logged is out, or the port seems dead.
void let_log_out();

}  // namespace tessera::nucleus::arch
