// SPDX-License-Identifier: Apache-2.0
// Text for /proc and names like "pipe:[7]": what printf would be used for.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace tessera::lx {

class Text {
 public:
  Text& operator<<(std::string_view text) {
    text_.append(text);
    return *this;
  }
  Text& operator<<(char c) {
    text_.push_back(c);
    return *this;
  }
  template <std::integral T>
  Text& operator<<(T value) {
    return right(value, 0);
  }
  Text& octal(std::uint64_t value, std::size_t width = 0) { return number(value, false, 8, width, '0'); }
  Text& hex(std::uint64_t value, std::size_t width = 0) { return number(value, false, 16, width, '0'); }
  // Right-aligned.
  template <std::integral T>
  Text& right(T value, std::size_t width, char fill = ' ') {
    bool negative = value < 0;
    auto magnitude = static_cast<std::uint64_t>(value);
    return number(negative ? 0 - magnitude : magnitude, negative, 10, width, fill);
  }
  // Left-aligned.
  Text& left(std::string_view text, std::size_t width);
  // Hundredths as a fraction: 123 is "1.23".
  Text& hundredths(std::uint64_t value);
  [[nodiscard]] std::string_view view() const { return text_; }
  std::string take() { return std::move(text_); }

 private:
  Text& number(std::uint64_t value, bool negative, unsigned base, std::size_t width, char fill);
  std::string text_;
};

}  // namespace tessera::lx
