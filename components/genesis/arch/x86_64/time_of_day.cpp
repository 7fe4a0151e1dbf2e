// SPDX-License-Identifier: Apache-2.0
// The PC's real-time clock (Motorola MC146818A): ports 0x70 and 0x71. Kept in UTC,
// as QEMU and servers do. What it says is checked: it may be unset.
#include "components/genesis/time_of_day.hpp"

#include <abi/nucleus.client.hpp>
#include <chrono>

#include "components/genesis/boot.hpp"
#include "lib/rt/clock.hpp"
#include "lib/rt/objects.hpp"

namespace tessera::genesis {

namespace {

constexpr std::uint64_t kIndexPort = 0x70, kDataPort = 0x71;
constexpr std::uint8_t kSeconds = 0, kMinutes = 2, kHours = 4, kDay = 7, kMonth = 8, kYear = 9, kStatusA = 10, kStatusB = 11;
constexpr std::uint8_t kUpdating = 0x80, kTwentyFourHours = 0x02, kBinary = 0x04, kAfternoon = 0x80;
constexpr unsigned kMostTries = 10'000;

struct Clock {
  rt::Handle ports = 0;

  [[nodiscard]] std::uint8_t read(std::uint8_t index) const {
    (void)abi::io_ports_write(ports, kIndexPort, 1, index);
    return static_cast<std::uint8_t>(abi::io_ports_read(ports, kDataPort, 1).value_or(0xff));
  }
};

struct Fields {
  std::uint8_t second = 0, minute = 0, hour = 0, day = 0, month = 0, year = 0;
  bool operator==(const Fields&) const = default;
};

Fields read_fields(const Clock& clock) {
  for (unsigned i = 0; i < kMostTries && (clock.read(kStatusA) & kUpdating) != 0; ++i) {}
  return {clock.read(kSeconds), clock.read(kMinutes), clock.read(kHours), clock.read(kDay), clock.read(kMonth), clock.read(kYear)};
}

std::optional<std::uint64_t> seconds_of(Fields fields, std::uint8_t mode) {
  const auto number = [&](std::uint8_t raw) { return (mode & kBinary) != 0 ? raw : raw / 16 * 10 + raw % 16; };
  int hour = number(fields.hour & static_cast<std::uint8_t>(~kAfternoon));
  if ((mode & kTwentyFourHours) == 0) hour = hour % 12 + ((fields.hour & kAfternoon) != 0 ? 12 : 0);
  const std::chrono::year_month_day date{std::chrono::year(2000 + number(fields.year)),
                                         std::chrono::month(static_cast<unsigned>(number(fields.month))),
                                         std::chrono::day(static_cast<unsigned>(number(fields.day)))};
  const int minute = number(fields.minute), second = number(fields.second);
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  const auto days = std::chrono::sys_days(date).time_since_epoch().count();
  return static_cast<std::uint64_t>(days) * 86'400 + static_cast<std::uint64_t>(hour * 3600 + minute * 60 + second);
}

}  // namespace

std::optional<std::uint64_t> boot_time_seconds() {
  const auto slot = rt::objects().take_slot();
  if (!slot) return std::nullopt;
  const auto ports = abi::machine_make_io_ports(boot().machine, kIndexPort, kDataPort, rt::objects().own().table, *slot);
  if (!ports) {
    rt::objects().give_back_slot(*slot);
    return std::nullopt;
  }
  const Clock clock{*ports};
  // Two equal readings: none was taken while the clock moved on.
  Fields fields = read_fields(clock);
  for (Fields again = read_fields(clock); again != fields; again = read_fields(clock)) fields = again;
  const auto now = seconds_of(fields, clock.read(kStatusB));
  rt::objects().discard(*ports);
  if (!now) return std::nullopt;
  return *now - rt::now_ns() / 1'000'000'000;
}

}  // namespace tessera::genesis
