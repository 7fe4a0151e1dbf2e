// SPDX-License-Identifier: Apache-2.0
// Numbers as text.
#include "components/linux/fs/text.hpp"

#include <array>

namespace tessera::lx {

Text& Text::left(std::string_view text, std::size_t width) {
  text_.append(text);
  if (text.size() < width) text_.append(width - text.size(), ' ');
  return *this;
}

Text& Text::hundredths(std::uint64_t value) { return (*this << value / 100 << '.').right(value % 100, 2, '0'); }

Text& Text::number(std::uint64_t value, bool negative, unsigned base, std::size_t width, char fill) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<char, 24> digits{};  // 2^64 has 22 octal digits
  std::size_t start = digits.size();
  do {
    digits[--start] = kDigits[value % base];
    value /= base;
  } while (value != 0);
  if (negative) digits[--start] = '-';
  std::size_t length = digits.size() - start;
  if (length < width) text_.append(width - length, fill);
  text_.append(std::string_view(digits.data(), digits.size()).substr(start));
  return *this;
}

}  // namespace tessera::lx
