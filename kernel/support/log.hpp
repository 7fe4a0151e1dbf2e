// SPDX-License-Identifier: Apache-2.0
// The log: lines on the machine's first serial port (abi/protocols/log.toml).
#pragma once

#include <abi/protocols/log.hpp>
#include <concepts>
#include <cstdint>
#include <string_view>

namespace tessera::nucleus {

struct Hex {
  std::uint64_t value = 0;
};

namespace log_detail {
void begin_line();  // time and "nucleus: "
void put(std::string_view text);
void put(Hex value);
void put_decimal(std::uint64_t value);
template <std::integral T>
void put(T value) {
  put_decimal(static_cast<std::uint64_t>(value));
}
void put_error(std::string_view text);
void end_line();
}  // namespace log_detail

// One line of the nucleus' own.
template <typename... Parts>
void log(Parts... parts) {
  log_detail::begin_line();
  (log_detail::put(parts), ...);
  log_detail::end_line();
}

// A line "tessera: ..." by which the machine's keeper learns how the run ended.
template <typename... Parts>
void log_end(Parts... parts) {
  log_detail::put(protocol::log::kMark);
  (log_detail::put(parts), ...);
  log_detail::end_line();
}

// Text of a component; lines are gathered until their end, a limit or another component's turn.
void log_component(std::uint64_t badge, std::string_view text);
bool name_component(std::uint64_t badge, std::string_view name);

// The nucleus cannot go on: says so and stops the machine.
[[noreturn]] void panic(std::string_view text, std::uint64_t value = 0);

}  // namespace tessera::nucleus
