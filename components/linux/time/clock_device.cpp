// SPDX-License-Identifier: Apache-2.0
#include "components/linux/time/clock_device.hpp"

#include <chrono>

#include "components/linux/core/guest_memory.hpp"
#include "components/linux/fs/boot.hpp"
#include "components/linux/fs/device.hpp"
#include "components/linux/process/contract.hpp"

namespace tessera::lx {

namespace {

constexpr std::uint64_t kMajor = 252;  // as Linux often has it; programs go by the name
constexpr std::uint32_t kReadTime = 0x8024'7009, kSetTime = 0x4024'700a;
constexpr int kYearZero = 1900;
constexpr std::int64_t kDaySeconds = 86'400;
constexpr std::uint64_t kMostSeconds = 253'402'300'799;  // the end of the year 9999: a clock's driver may say anything

struct RtcTime {
  std::int32_t second = 0, minute = 0, hour = 0, day = 0, month = 0, year = 0;  // month from 0, year from 1900
  std::int32_t weekday = 0, day_of_year = 0, summer = 0;
};
static_assert(sizeof(RtcTime) == 36);

std::unique_ptr<ClockServer>& clock_server() {
  static auto* server = new std::unique_ptr<ClockServer>;
  return *server;
}

RtcTime fields_of(std::uint64_t seconds) {
  using namespace std::chrono;
  const sys_days day{days(static_cast<std::int32_t>(seconds / kDaySeconds))};
  const year_month_day date(day);
  const auto rest = static_cast<std::int32_t>(seconds % kDaySeconds);
  return {.second = rest % 60,
          .minute = rest / 60 % 60,
          .hour = rest / 3600,
          .day = static_cast<std::int32_t>(unsigned{date.day()}),
          .month = static_cast<std::int32_t>(unsigned{date.month()}) - 1,
          .year = int{date.year()} - kYearZero,
          .weekday = static_cast<std::int32_t>(weekday(day).c_encoding()),
          .day_of_year = static_cast<std::int32_t>((day - sys_days(date.year() / January / 1)).count())};
}

// Weekday, day of the year and summer time are not looked at, as on Linux.
Result<std::uint64_t> seconds_of(const RtcTime& time) {
  using namespace std::chrono;
  constexpr std::int32_t kMostYears = 8000;
  if (time.year < 70 || time.year > kMostYears || time.month < 0 || time.month > 11 || time.day < 1 || time.day > 31) return fail(Errno::einval);
  const year_month_day date{year(time.year + kYearZero), month(static_cast<unsigned>(time.month + 1)), day(static_cast<unsigned>(time.day))};
  const auto within = [](std::int32_t value, std::int32_t end) { return value >= 0 && value < end; };
  if (!date.ok() || !within(time.hour, 24) || !within(time.minute, 60) || !within(time.second, 60)) return fail(Errno::einval);
  const std::int64_t days_since = sys_days(date).time_since_epoch().count();
  return static_cast<std::uint64_t>(days_since * kDaySeconds + time.hour * 3600 + time.minute * 60 + time.second);
}

class ClockFile final : public File {
 public:
  using File::File;
  [[nodiscard]] bool pollable() const override { return false; }
  Result<std::int64_t> ioctl(std::uint32_t request, std::uint64_t argument) override {
    if (request == kReadTime) {
      const std::uint64_t seconds = TRY(clock_server()->read());
      if (seconds > kMostSeconds) return fail(Errno::einval);
      TRY(write_guest(argument, fields_of(seconds)));
      return 0;
    }
    if (request != kSetTime) return fail(Errno::enotty);
    if (current_credentials().euid != 0) return fail(Errno::eacces);
    const auto time = TRY(read_guest<RtcTime>(argument));
    const std::uint64_t seconds = TRY(seconds_of(time));
    TRY(clock_server()->set(seconds));
    return 0;
  }
};

Result<Ref<File>> open_clock(Inode&, std::uint32_t flags) { return Ref<File>(make_ref<ClockFile>(flags)); }

}  // namespace

void add_clock_device(std::unique_ptr<ClockServer> server) {
  clock_server() = std::move(server);
  register_device(kMajor, 0, 1, open_clock);
  add_device_node("rtc0", kCharDevice | 0600, kMajor, 0);
}

}  // namespace tessera::lx
