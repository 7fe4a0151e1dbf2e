// SPDX-License-Identifier: Apache-2.0
// timerfd_create(2): a timer that is read.
#include "components/linux/fs/file_system.hpp"
#include "components/linux/fs/syscall_support.hpp"
#include "components/linux/time/clock.hpp"
#include "components/linux/time/clock_id.hpp"
#include "components/linux/time/convert.hpp"
#include "components/linux/time/timers.hpp"

namespace tessera::lx {

namespace {

struct TimerValue {  // struct itimerspec
  GuestTimespec interval, value;
};

}  // namespace

// A periodic timer that expired stands still until somebody asks: then it is
// counted how often it would have expired.
class TimerFile final : public File {
 public:
  TimerFile(std::int32_t clock, std::uint32_t flags) : File(flags), clock_(clock) {
    entry_.action = [](TimerEntry&, void* argument) { static_cast<TimerFile*>(argument)->expire(); };
    entry_.argument = this;
  }
  ~TimerFile() override { disarm_timer(entry_); }
  [[nodiscard]] TimerFile* timer_file() override { return this; }

  Result<std::size_t> read(IoBuffer& to, std::uint64_t&) override {
    std::uint64_t ticks = 0;
    if (to.remaining() < sizeof ticks) return fail(Errno::einval);
    const Ref<File> keep(this);
    if (ticks_ == 0) {
      if (non_blocking()) return fail(Errno::eagain);
      TRY(wait_until(current_thread(), readers_, [&] { return ticks_ != 0; }));
    }
    count_missed();
    ticks = ticks_;
    ticks_ = 0;
    if (to.put(std::as_bytes(std::span<const std::uint64_t, 1>(&ticks, 1))) < sizeof ticks) return fail(Errno::efault);
    return sizeof ticks;
  }

  std::uint32_t poll(PollTable* table) override {
    if (table != nullptr) table->add(readers_);
    return ticks_ != 0 ? kPollIn | kPollReadNormal : 0;
  }

  [[nodiscard]] TimerValue value() {
    count_missed();
    TimerValue out{.interval = timespec_of(interval_ns_), .value = {}};
    if (!entry_.armed()) return out;
    const std::uint64_t now = monotonic_ns();
    out.value = timespec_of(entry_.deadline_ns() > now ? entry_.deadline_ns() - now : 1);
    return out;
  }

  void set(std::uint64_t value_ns, std::uint64_t interval_ns, bool absolute) {
    disarm_timer(entry_);
    ticks_ = 0;
    expired_ = false;
    interval_ns_ = interval_ns;
    if (value_ns == 0) return;
    const std::uint64_t now = monotonic_ns();
    const bool realtime = clock_ == kClockRealtime || clock_ == kClockRealtimeAlarm;
    const std::uint64_t clock_now = now + (realtime ? clock_scale.realtime_offset_ns : 0);
    if (absolute && value_ns <= clock_now) {
      // Perhaps from before the machine was started: counted from here on.
      const std::uint64_t late = clock_now - value_ns;
      ticks_ = interval_ns != 0 ? late / interval_ns : 0;
      expire();
      expired_ = false;
      if (interval_ns == 0) return;
      due_ns_ = after(now, interval_ns - late % interval_ns);
    } else {
      due_ns_ = after(now, absolute ? value_ns - clock_now : value_ns);
    }
    arm_timer(entry_, due_ns_);
  }

 private:
  void expire() {
    ++ticks_;
    expired_ = true;
    if (!readers_.empty()) readers_.wake_all();
  }
  void count_missed() {
    if (!expired_ || interval_ns_ == 0) return;
    expired_ = false;
    const std::uint64_t now = monotonic_ns();
    const std::uint64_t missed = now > due_ns_ ? (now - due_ns_) / interval_ns_ : 0;
    ticks_ += missed;
    due_ns_ = after(due_ns_, (missed + 1) * interval_ns_);
    arm_timer(entry_, due_ns_);
  }

  std::int32_t clock_;
  TimerEntry entry_;
  std::uint64_t due_ns_ = 0, interval_ns_ = 0, ticks_ = 0;
  bool expired_ = false;
  WaitQueue readers_;
};

namespace {

Result<Ref<File>> timer_at(std::uint64_t descriptor) {
  Ref<File> file = TRY(file_at(descriptor));
  if (file->timer_file() == nullptr) return fail(Errno::einval);
  return file;
}

}  // namespace

Result<std::int64_t> sys_timerfd_create(const Arguments& a) {
  const std::uint32_t flags = low32(a[1]);
  if ((flags & ~(kOpenNonBlock | kOpenCloseOnExec)) != 0) return fail(Errno::einval);
  const std::int32_t clock = int32(a[0]);
  const bool wakes_machine = clock == kClockRealtimeAlarm || clock == kClockBoottimeAlarm;
  if (clock != kClockRealtime && clock != kClockMonotonic && clock != kClockBoottime && !wakes_machine)
    return fail(Errno::einval);
  if (wakes_machine && current_credentials().euid != 0) return fail(Errno::eperm);
  auto inode = make_ref<Inode>(anonymous_file_system(), next_anonymous_inode());
  inode->attributes.mode = 0600;
  auto file = make_ref<TimerFile>(clock, kOpenReadWrite | (flags & kOpenNonBlock));
  file->path = unnamed_path("anon_inode:[timerfd]", inode);
  return TRY(current_files().install(std::move(file), (flags & kOpenCloseOnExec) != 0));
}

Result<std::int64_t> sys_timerfd_settime(const Arguments& a) {
  constexpr std::uint32_t kAbsolute = 1, kCancelOnSet = 2;
  const auto wanted = TRY(read_guest<TimerValue>(a[2]));
  if ((low32(a[1]) & ~(kAbsolute | kCancelOnSet)) != 0) return fail(Errno::einval);
  const std::uint64_t value = TRY(ns_of(wanted.value)), interval = TRY(ns_of(wanted.interval));
  const Ref<File> file = TRY(timer_at(a[0]));
  TimerFile& timer = *file->timer_file();
  const TimerValue old = timer.value();
  timer.set(value, interval, (low32(a[1]) & kAbsolute) != 0);
  if (a[3] != 0) TRY(write_guest(a[3], old));
  return 0;
}

Result<std::int64_t> sys_timerfd_gettime(const Arguments& a) {
  const Ref<File> file = TRY(timer_at(a[0]));
  TRY(write_guest(a[1], file->timer_file()->value()));
  return 0;
}

}  // namespace tessera::lx
