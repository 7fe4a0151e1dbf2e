// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "lib/rt/clock.hpp"
#include "lib/rt/format.hpp"
#include "lib/rt/slots.hpp"
#include "tests/support/check.hpp"

using namespace tessera;

namespace colours {
enum class Colour : std::uint8_t { red, green };
constexpr std::string_view name(Colour colour) { return colour == Colour::red ? "red" : "green"; }
}  // namespace colours

namespace {
template <typename... Args>
std::string made(rt::FormatString<Args...> format, const Args&... args) {
  std::array<char, 128> buffer;
  return std::string(rt::format_to(buffer, format, args...));
}
}  // namespace

TEST(numbers) {
  CHECK_EQ(made("{} {} {}", 0, 42u, -7), "0 42 -7");
  CHECK_EQ(made("{}", ~std::uint64_t{0}), "18446744073709551615");
  CHECK_EQ(made("{}", std::int64_t{1} << 63), "-9223372036854775808");
  CHECK_EQ(made("{:x} {:#x} {:04x} {:4}|", 255, 255, 171, 7), "ff 0xff 00ab    7|");
  CHECK_EQ(made("{:#010x}", 0xbeefu), "0x0000beef");
  CHECK_EQ(made("{}", std::uint8_t{200}), "200");
}

TEST(other_kinds) {
  CHECK_EQ(made("{} {} {} {}", "text", std::string_view("view"), true, 'c'), "text view true c");
  CHECK_EQ(made("{}", colours::Colour::green), "green");
  const int object = 1;
  CHECK(made("{}", static_cast<const void*>(&object)).starts_with("0x"));
  CHECK_EQ(made("nothing"), "nothing");
}

TEST(what_does_not_fit_is_cut) {
  std::array<char, 5> small;
  CHECK_EQ(std::string(rt::format_to(small, "{}{}", "abc", "defg")), "abcde");
  CHECK_EQ(rt::format_to({}, "{}", 12345).size(), 0u);
  CHECK_EQ(std::string(rt::format_to(small, "{}", 1234567)), "12345");
}

TEST(clock_scale) {
  CHECK_EQ(rt::ClockScale(1'000'000'000).to_ns(12'345'678'901), 12'345'678'901u);
  CHECK_EQ(rt::ClockScale(2'000'000'000).to_ns(2'000'000'000), 1'000'000'000u);
  CHECK_EQ(rt::ClockScale(0).to_ns(5), 0u);
}

TEST(slots_are_given_once) {
  static rt::Slots slots;
  slots.initialise(10, 100);
  std::array<bool, 128> seen{};
  for (unsigned i = 0; i < 100; ++i) {
    const auto slot = slots.take();
    CHECK(slot && *slot >= 10 && *slot < 110 && !seen.at(*slot));
    if (slot) seen.at(*slot) = true;
  }
  CHECK(!slots.take());
  slots.give_back(77);
  CHECK_EQ(slots.take().value_or(0), 77u);
  slots.initialise(2, 1'000'000);  // more than are ever used
  CHECK_EQ(slots.take().value_or(0), 2u);
}
