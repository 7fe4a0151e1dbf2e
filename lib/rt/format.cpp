// SPDX-License-Identifier: Apache-2.0
#include "lib/rt/format.hpp"

#include <algorithm>

namespace tessera::rt {

namespace {

class Output {
 public:
  explicit Output(std::span<char> out) : out_(out) {}
  void put(char letter) {
    if (used_ == out_.size()) return;
    out_[used_] = letter;
    ++used_;
  }
  void put(std::string_view text) {
    const std::size_t count = std::min(text.size(), out_.size() - used_);
    std::ranges::copy(text.substr(0, count), out_.subspan(used_, count).begin());
    used_ += count;
  }
  [[nodiscard]] std::string_view written() const { return {out_.data(), used_}; }

 private:
  std::span<char> out_;
  std::size_t used_ = 0;
};

constexpr std::string_view kDigits = "0123456789abcdef";

void put_number(Output& out, std::uint64_t value, bool negative, const Placeholder& how) {
  std::array<char, 20> digits;
  std::size_t first = digits.size();
  const unsigned base = how.hexadecimal ? 16 : 10;
  do {
    --first;
    digits[first] = kDigits[value % base];
    value /= base;
  } while (value != 0);
  const auto text = std::string_view(digits.data(), digits.size()).substr(first);
  const std::size_t length = text.size() + (negative ? 1 : 0) + (how.prefix ? 2 : 0);
  const std::size_t padding = how.width > length ? how.width - length : 0;
  if (!how.zeros) {
    for (std::size_t i = 0; i < padding; ++i) out.put(' ');
  }
  if (negative) out.put('-');
  if (how.prefix) out.put("0x");
  if (how.zeros) {
    for (std::size_t i = 0; i < padding; ++i) out.put('0');
  }
  out.put(text);
}

void put_argument(Output& out, const Argument& argument, Placeholder how) {
  switch (argument.kind()) {
    case Argument::Kind::unsigned_number: put_number(out, argument.number(), false, how); break;
    case Argument::Kind::signed_number: {
      const bool negative = static_cast<std::int64_t>(argument.number()) < 0;
      put_number(out, negative ? 0 - argument.number() : argument.number(), negative, how);
      break;
    }
    case Argument::Kind::text: out.put(argument.text()); break;
    case Argument::Kind::truth: out.put(argument.number() != 0 ? "true" : "false"); break;
    case Argument::Kind::letter: out.put(static_cast<char>(argument.number())); break;
    case Argument::Kind::pointer:
      how.hexadecimal = how.prefix = true;
      put_number(out, argument.number(), false, how);
      break;
  }
}

}  // namespace

std::string_view format_arguments(std::span<char> out, std::string_view format, std::span<const Argument> arguments) {
  Output output(out);
  for (std::size_t next = 0;; ++next) {
    const std::size_t open = format.find('{');
    output.put(format.substr(0, open));
    if (open == std::string_view::npos) break;
    const std::size_t close = format.find('}', open);
    Placeholder how;
    if (close == std::string_view::npos || next >= arguments.size()) break;
    (void)parse_placeholder(format.substr(open + 1, close - open - 1), how);
    put_argument(output, arguments[next], how);
    format.remove_prefix(close + 1);
  }
  return output.written();
}

}  // namespace tessera::rt
