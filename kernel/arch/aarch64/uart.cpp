// SPDX-License-Identifier: Apache-2.0
#include "uart.hpp"

#include "arch.hpp"

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
