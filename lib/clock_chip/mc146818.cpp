// SPDX-License-Identifier: Apache-2.0
#include "lib/clock_chip/mc146818.hpp"

#include <chrono>

namespace tessera::clock_chip {

namespace {

constexpr std::size_t kSeconds = 0, kMinutes = 2, kHours = 4, kWeekday = 6, kDay = 7, kMonth = 8, kYear = 9, kStatusA = 10, kStatusB = 11;
constexpr std::uint8_t kUpdating = 0x80, kHold = 0x80, kTwentyFourHours = 0x02, kBinary = 0x04, kAfternoon = 0x80;
constexpr unsigned kMostTries = 10'000, kMostReadings = 16;
constexpr int kFirstYear = 2000, kEndYear = 2100;
constexpr std::uint64_t kDaySeconds = 86'400;

int number_of(std::uint8_t raw, std::uint8_t mode) { return (mode & kBinary) != 0 ? raw : raw / 16 * 10 + raw % 16; }

std::uint8_t raw_of(unsigned number, std::uint8_t mode) {
  return static_cast<std::uint8_t>((mode & kBinary) != 0 ? number : number / 10 * 16 + number % 10);
}

std::uint8_t raw_hour(unsigned hour, std::uint8_t mode) {
  if ((mode & kTwentyFourHours) != 0) return raw_of(hour, mode);
  const unsigned shown = hour % 12 == 0 ? 12 : hour % 12;
  return static_cast<std::uint8_t>(raw_of(shown, mode) | (hour >= 12 ? kAfternoon : 0));
}

}  // namespace

Mc146818::Fields Mc146818::read_fields() const {
  for (unsigned i = 0; i < kMostTries && (at(kStatusA) & kUpdating) != 0; ++i) {}
  return {at(kSeconds), at(kMinutes), at(kHours), at(kDay), at(kMonth), at(kYear)};
}

std::optional<std::uint64_t> Mc146818::read() {
  // Two equal readings: none was taken while the clock moved on.
  Fields fields = read_fields();
  bool same = false;
  for (unsigned i = 0; i < kMostReadings && !same; ++i) {
    const Fields again = read_fields();
    same = again == fields;
    fields = again;
  }
  const std::uint8_t mode = at(kStatusB);
  const bool by_twelve = (mode & kTwentyFourHours) == 0;
  int hour = number_of(by_twelve ? static_cast<std::uint8_t>(fields.hour & ~kAfternoon) : fields.hour, mode);
  if (by_twelve) hour = hour % 12 + ((fields.hour & kAfternoon) != 0 ? 12 : 0);
  const std::chrono::year_month_day date{std::chrono::year(kFirstYear + number_of(fields.year, mode)),
                                         std::chrono::month(static_cast<unsigned>(number_of(fields.month, mode))),
                                         std::chrono::day(static_cast<unsigned>(number_of(fields.day, mode)))};
  const int minute = number_of(fields.minute, mode), second = number_of(fields.second, mode);
  if (!same || !date.ok() || int{date.year()} >= kEndYear || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  const auto days = std::chrono::sys_days(date).time_since_epoch().count();
  return static_cast<std::uint64_t>(days) * kDaySeconds + static_cast<std::uint64_t>(hour * 3600 + minute * 60 + second);
}

bool Mc146818::set(std::uint64_t seconds) {
  if (seconds / kDaySeconds > 1'000'000) return false;
  const std::chrono::sys_days day{std::chrono::days(static_cast<int>(seconds / kDaySeconds))};
  const std::chrono::year_month_day date(day);
  const int year = int{date.year()};
  if (year < kFirstYear || year >= kEndYear) return false;
  const auto rest = static_cast<unsigned>(seconds % kDaySeconds);
  const std::uint8_t mode = at(kStatusB);
  // It stands still while it is set.
  registers_.write(kStatusB, std::uint32_t{mode} | kHold);
  registers_.write(kSeconds, raw_of(rest % 60, mode));
  registers_.write(kMinutes, raw_of(rest / 60 % 60, mode));
  registers_.write(kHours, raw_hour(rest / 3600, mode));
  registers_.write(kWeekday, std::chrono::weekday(day).c_encoding() + 1);
  registers_.write(kDay, raw_of(unsigned{date.day()}, mode));
  registers_.write(kMonth, raw_of(unsigned{date.month()}, mode));
  registers_.write(kYear, raw_of(static_cast<unsigned>(year - kFirstYear), mode));
  registers_.write(kStatusB, std::uint32_t{mode} & ~std::uint32_t{kHold});
  return true;
}

}  // namespace tessera::clock_chip
