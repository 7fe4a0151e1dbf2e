// SPDX-License-Identifier: Apache-2.0
#include "kernel/support/log.hpp"

#include <array>

#include "arch.hpp"

namespace tessera::nucleus {

namespace {

struct Name {
  std::array<char, 31> text{};
  std::uint8_t bytes = 0;
};
std::array<Name, 64> names;
bool line_open = false;        // a component's line without its end yet
std::uint64_t line_badge = 0;  // whose it is

void put_char(char c) { arch::log_byte(static_cast<std::uint8_t>(c)); }

[[gnu::noinline]] void put_padded(std::uint64_t value, unsigned width, char fill) {
  std::array<char, 20> digits{};
  unsigned count = 0;
  do {
    digits[count++] = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  for (unsigned i = count; i < width; ++i) put_char(fill);
  while (count > 0) put_char(digits[--count]);
}

void put_time() {
  const std::uint64_t now_us = arch::now_ns() / 1000;
  put_char('[');
  put_padded(now_us / 1'000'000, 5, ' ');
  put_char('.');
  put_padded(now_us % 1'000'000, 6, '0');
  log_detail::put("] ");
}

void close_component_line() {
  if (line_open) put_char('\n');
  line_open = false;
}

}  // namespace

namespace log_detail {

void begin_line() {
  close_component_line();
  put_time();
  put("nucleus: ");
}
void put(std::string_view text) {
  if (line_open) close_component_line();
  for (const char c : text) put_char(c);
}
void put(Hex value) {
  put("0x");
  unsigned digits = 1;
  while (digits < 16 && (value.value >> (4 * digits)) != 0) ++digits;
  while (digits > 0) put_char("0123456789abcdef"[(value.value >> (4 * --digits)) & 15]);
}
void put_decimal(std::uint64_t value) { put_padded(value, 1, ' '); }
void end_line() { put_char('\n'); }

}  // namespace log_detail

bool name_component(std::uint64_t badge, std::string_view name) {
  if (badge == 0 || badge >= names.size() || name.size() > names[badge].text.size()) return false;
  names[badge].bytes = static_cast<std::uint8_t>(name.size());
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    names[badge].text[i] = c > ' ' && c < 0x7f ? c : '?';
  }
  return true;
}

static void open_component_line(std::uint64_t badge) {
  if (line_open && line_badge == badge) return;
  close_component_line();
  put_time();
  if (badge < names.size() && names[badge].bytes != 0) {
    log_detail::put(std::string_view(names[badge].text.data(), names[badge].bytes));
  } else {
    log_detail::put("component ");
    log_detail::put_decimal(badge);
  }
  log_detail::put(": ");
  line_open = true;
  line_badge = badge;
}

void log_component(std::uint64_t badge, std::string_view text) {
  for (const char c : text) {
    open_component_line(badge);
    if (c == '\n') {
      close_component_line();
    } else {
      put_char((c >= ' ' && c != 0x7f) || c == '\t' ? c : '?');
    }
  }
}

void panic(std::string_view text, std::uint64_t value) {
  log_end(protocol::log::kFatal, "nucleus: ", text, " ", Hex{value});
  arch::power_off();
}

}  // namespace tessera::nucleus
