// SPDX-License-Identifier: Apache-2.0
#include "uart.hpp"

#include "arch.hpp"
#include "kernel/support/registers.hpp"

namespace tessera::nucleus::arch {

static volatile std::uint32_t* registers;

static constexpr std::size_t kData = 0x00 / 4, kFlags = 0x18 / 4;
static constexpr std::uint32_t kBusy = 1 << 3, kFull = 1 << 5;
static constexpr unsigned kMostLooks = 1'000'000;

#pragma clang unsafe_buffer_usage begin
static void wait_while(std::uint32_t flag) {
  for (unsigned i = 0; i < kMostLooks && (registers[kFlags] & flag) != 0; ++i) relax();
}

static void put(std::uint8_t byte) {
  wait_while(kFull);
  registers[kData] = byte;
}
#pragma clang unsafe_buffer_usage end

// DDI 0183, 3.3.14 to 3.3.18. The third has the revision, too.
bool is_uart(std::uint64_t address) {
  constexpr std::array<std::uint32_t, 8> kIdentity{0x11, 0x10, 0x04, 0x00, 0x0d, 0xf0, 0x05, 0xb1};
  for (std::size_t i = 0; i < kIdentity.size(); ++i)
    if ((Registers{address}.read(0xfe0 + 4 * i) & (i == 2 ? 0x0f : 0xff)) != kIdentity[i]) return false;
  return true;
}

void set_uart(std::uint64_t address) { registers = reinterpret_cast<volatile std::uint32_t*>(address); }

// What is logged before the port is known is lost: nobody could see it.
void log_byte(std::uint8_t byte) {
  if (registers == nullptr) return;
  if (byte == '\n') put('\r');
  put(byte);
}

void let_log_out() {
  if (registers != nullptr) wait_while(kBusy);
}

}  // namespace tessera::nucleus::arch
