// SPDX-License-Identifier: Apache-2.0
#include "components/fs/fat/dates.hpp"

#include <algorithm>
#include <chrono>

namespace tessera::fs::fat {

namespace {
constexpr std::int64_t kSecondsOfDay = 86'400;
constexpr int kFirstYear = 1980, kLastYear = 2107;
}  // namespace

Stamp to_stamp(Time time) {
  using namespace std::chrono;
  constexpr std::int64_t kFirst = sys_days{year{kFirstYear} / January / 1}.time_since_epoch().count() * kSecondsOfDay;
  constexpr std::int64_t kEnd = sys_days{year{kLastYear + 1} / January / 1}.time_since_epoch().count() * kSecondsOfDay;
  if (time.seconds < kFirst) time = {.seconds = kFirst};
  if (time.seconds >= kEnd) time = {.seconds = kEnd - 1, .nanoseconds = 999'999'999};
  const std::int64_t day = time.seconds / kSecondsOfDay, within = time.seconds % kSecondsOfDay;
  const year_month_day date{sys_days{days{day}}};
  const auto years = static_cast<unsigned>(static_cast<int>(date.year()) - kFirstYear);
  return {.date = static_cast<std::uint16_t>(years << 9 | static_cast<unsigned>(date.month()) << 5 | static_cast<unsigned>(date.day())),
          .time = static_cast<std::uint16_t>(within / 3600 << 11 | within / 60 % 60 << 5 | within % 60 / 2),
          .hundredths = static_cast<std::uint8_t>(within % 2 * 100 + std::min(time.nanoseconds, 999'999'999u) / 10'000'000)};
}

Time from_stamp(Stamp stamp) {
  using namespace std::chrono;
  const year in{kFirstYear + (stamp.date >> 9)};
  const month of{std::clamp(stamp.date >> 5 & 0xfu, 1u, 12u)};
  const day last = year_month_day_last{in, month_day_last{of}}.day();
  const day on{std::clamp(stamp.date & 0x1fu, 1u, static_cast<unsigned>(last))};
  const std::int64_t days = sys_days{in / of / on}.time_since_epoch().count();
  const std::int64_t hour = std::min(stamp.time >> 11, 23), minute = std::min(stamp.time >> 5 & 0x3f, 59), second = std::min((stamp.time & 0x1f) * 2, 58);
  const std::uint32_t hundredths = std::min<std::uint32_t>(stamp.hundredths, 199);
  return {.seconds = days * kSecondsOfDay + hour * 3600 + minute * 60 + second + hundredths / 100, .nanoseconds = hundredths % 100 * 10'000'000};
}

}  // namespace tessera::fs::fat
