// SPDX-License-Identifier: Apache-2.0
// Text from values, into memory that the caller supplies: std::format's syntax for
// what is needed here. `{}`, and after a colon: `#` (0x before hexadecimal), `0`
// (pad with zeros), a width, `x`. Number and kind of arguments are checked at
// compile time. No floating point, no allocation.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace tessera::rt {

// One value to be shown. An enumeration is shown by its name(), found by argument-dependent lookup.
class Argument {
 public:
  enum class Kind : std::uint8_t { unsigned_number, signed_number, text, truth, letter, pointer };

  template <std::unsigned_integral T>
    requires(!std::same_as<T, bool>)
  constexpr Argument(T value) : kind_(Kind::unsigned_number), number_(value) {}
  template <std::signed_integral T>
    requires(!std::same_as<T, char>)
  constexpr Argument(T value) : kind_(Kind::signed_number), number_(static_cast<std::uint64_t>(static_cast<std::int64_t>(value))) {}
  constexpr Argument(std::same_as<bool> auto value) : kind_(Kind::truth), number_(value ? 1 : 0) {}
  constexpr Argument(std::same_as<char> auto value) : kind_(Kind::letter), number_(static_cast<unsigned char>(value)) {}
  constexpr Argument(std::string_view value) : kind_(Kind::text), text_(value) {}
  constexpr Argument(const char* value) : kind_(Kind::text), text_(value) {}
  Argument(const void* value) : kind_(Kind::pointer), number_(reinterpret_cast<std::uint64_t>(value)) {}
  template <typename T>
    requires std::is_enum_v<T>
  constexpr Argument(T value) : kind_(Kind::text), text_(name(value)) {}

  [[nodiscard]] constexpr Kind kind() const { return kind_; }
  [[nodiscard]] constexpr std::uint64_t number() const { return number_; }
  [[nodiscard]] constexpr std::string_view text() const { return text_; }

 private:
  Kind kind_;
  std::uint64_t number_ = 0;
  std::string_view text_;
};

struct Placeholder {
  bool hexadecimal = false;
  bool prefix = false;
  bool zeros = false;
  unsigned width = 0;
};

// Reads what is between { and }; false when it is not understood.
constexpr bool parse_placeholder(std::string_view text, Placeholder& result) {
  if (text.empty()) return true;
  if (!text.starts_with(':')) return false;
  text.remove_prefix(1);
  if (text.starts_with('#')) {
    result.prefix = true;
    text.remove_prefix(1);
  }
  if (text.starts_with('0')) {
    result.zeros = true;
    text.remove_prefix(1);
  }
  while (!text.empty() && text.front() >= '0' && text.front() <= '9' && result.width < 64) {
    result.width = result.width * 10 + static_cast<unsigned>(text.front() - '0');
    text.remove_prefix(1);
  }
  if (text.starts_with('x')) {
    result.hexadecimal = true;
    text.remove_prefix(1);
  }
  return text.empty();
}

// Not constexpr: calling it is how a bad format string fails to compile.
inline void bad_format_string() {}

// A format string that suits the arguments.
template <typename... Args>
class BasicFormatString {
 public:
  template <typename T>
    requires std::convertible_to<const T&, std::string_view>
  consteval BasicFormatString(const T& text) : text_(text) {
    std::size_t count = 0;
    std::string_view rest = text_;
    for (;;) {
      const std::size_t open = rest.find('{');
      if (open == std::string_view::npos) break;
      const std::size_t close = rest.find('}', open);
      Placeholder ignored;
      if (close == std::string_view::npos || !parse_placeholder(rest.substr(open + 1, close - open - 1), ignored)) bad_format_string();
      rest.remove_prefix(close + 1);
      ++count;
    }
    if (count != sizeof...(Args)) bad_format_string();
  }
  [[nodiscard]] constexpr std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

template <typename... Args>
using FormatString = BasicFormatString<std::type_identity_t<Args>...>;

// Writes as much as fits; the part of `out` that was written.
std::string_view format_arguments(std::span<char> out, std::string_view format, std::span<const Argument> arguments);

template <typename... Args>
std::string_view format_to(std::span<char> out, FormatString<Args...> format, const Args&... args) {
  if constexpr (sizeof...(Args) == 0) {
    return format_arguments(out, format.text(), {});
  } else {
    const std::array<Argument, sizeof...(Args)> arguments{Argument(args)...};
    return format_arguments(out, format.text(), arguments);
  }
}

}  // namespace tessera::rt
