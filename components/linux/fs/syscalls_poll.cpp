// SPDX-License-Identifier: Apache-2.0
// poll, ppoll, select, pselect6.
#include <algorithm>
#include <limits>

#include "components/linux/fs/abi.hpp"
#include "components/linux/fs/poll.hpp"
#include "components/linux/fs/syscall_support.hpp"

namespace tessera::lx {

void PollWaiter::add(WaitQueue& queue) {
  if (used_ < few_.size())
    few_[used_++].emplace(thread_, queue);
  else
    more_.push_back(std::make_unique<WaitNode>(thread_, queue));
}

namespace {

constexpr std::uint64_t kNsPerSecond = 1'000'000'000;
constexpr unsigned kLimitFiles = 7;

// ns since boot; no overflow into the past.
std::uint64_t deadline_after(std::uint64_t seconds, std::uint64_t nanoseconds) {
  constexpr std::uint64_t kFar = std::numeric_limits<std::uint64_t>::max() / kNsPerSecond / 4;
  if (seconds > kFar) return kNoDeadline;
  return monotonic_ns() + seconds * kNsPerSecond + nanoseconds;
}

// A call's timeout: when it ends, and where the guest wants to know what was left.
struct Timeout {
  std::uint64_t deadline = kNoDeadline;
  bool immediate = false;
};

Result<Timeout> timeout_from(std::int64_t seconds, std::int64_t fraction, std::int64_t per_second) {
  if (seconds < 0 || fraction < 0 || fraction >= per_second) return fail(Errno::einval);
  auto nanoseconds = static_cast<std::uint64_t>(fraction) * (kNsPerSecond / static_cast<std::uint64_t>(per_second));
  if (seconds == 0 && nanoseconds == 0) return Timeout{0, true};
  return Timeout{deadline_after(static_cast<std::uint64_t>(seconds), nanoseconds), false};
}

Result<Timeout> timespec_timeout(std::uint64_t address) {
  if (address == 0) return Timeout{};
  auto time = TRY(read_guest<abi::TimeSpec>(address));
  return timeout_from(time.seconds, time.nanoseconds, kNsPerSecond);
}

// What was left of the time, written back as Linux does.
void put_left(std::uint64_t address, const Timeout& timeout, std::int64_t per_second) {
  if (address == 0 || timeout.deadline == kNoDeadline) return;
  std::uint64_t now = monotonic_ns();
  std::uint64_t left = timeout.deadline > now && !timeout.immediate ? timeout.deadline - now : 0;
  std::uint64_t unit = kNsPerSecond / static_cast<std::uint64_t>(per_second);
  abi::TimeSpec value{static_cast<std::int64_t>(left / kNsPerSecond),
                      static_cast<std::int64_t>(left % kNsPerSecond / unit)};
  (void)write_guest(address, value);  // Linux ignores the failure as well
}

// Scans until something is ready. `scan(table)` answers how many are.
template <typename Scan>
Result<std::int64_t> wait_ready(const Timeout& timeout, Scan scan) {
  if (std::int64_t ready = scan(nullptr); ready != 0 || timeout.immediate) return ready;
  PollWaiter waiter(current_thread());
  // Registers on all queues; what became ready meanwhile is seen by this scan.
  std::int64_t ready = scan(&waiter);
  while (ready == 0) {
    Wake wake = sleep(timeout.deadline);
    ready = scan(nullptr);
    if (ready != 0 || wake == Wake::deadline) break;
    if (wake == Wake::signal) return fail(Errno::restart_nohand);
  }
  return ready;
}

std::uint32_t events_of(std::int32_t descriptor, PollTable* table) {
  File* file = current_files().find(descriptor);
  if (file == nullptr || file->path_only()) return kPollInvalid;
  return file->poll(table);
}

Result<std::int64_t> poll_descriptors(std::uint64_t address, std::uint64_t count, const Timeout& timeout) {
  if (count > current_limit(kLimitFiles)) return fail(Errno::einval);
  std::vector<abi::PollDescriptor> items(static_cast<std::size_t>(count));
  TRY(copy_from_guest(std::as_writable_bytes(std::span(items)), address));
  auto scan = [&](PollTable* table) {
    std::int64_t ready = 0;
    for (abi::PollDescriptor& item : items) {
      item.returned = 0;
      if (item.descriptor < 0) continue;
      std::uint32_t wanted = static_cast<std::uint16_t>(item.events) | kPollError | kPollHangup | kPollInvalid;
      item.returned = static_cast<std::int16_t>(events_of(item.descriptor, table) & wanted);
      if (item.returned != 0) ++ready;
    }
    return ready;
  };
  std::int64_t ready = TRY(wait_ready(timeout, scan));
  TRY(copy_to_guest(address, std::as_bytes(std::span(items))));
  return ready;
}

// The three sets of select, as many words as the guest's count of descriptors needs.
class DescriptorSets {
 public:
  DescriptorSets(std::int32_t count, std::array<std::uint64_t, 3> addresses)
      : count_(count), addresses_(addresses), words_((static_cast<std::size_t>(count) + 63) / 64) {}

  Result<void> read() {
    for (std::size_t set = 0; set < addresses_.size(); ++set) {
      wanted_[set].resize(words_);
      ready_[set].resize(words_);
      if (addresses_[set] != 0)
        TRY(copy_from_guest(std::as_writable_bytes(std::span(wanted_[set])), addresses_[set]));
    }
    for (std::int32_t descriptor = 0; descriptor < count_; ++descriptor)
      if (asked(descriptor) && current_files().find(descriptor) == nullptr) return fail(Errno::ebadf);
    return {};
  }

  std::int64_t scan(PollTable* table) {
    constexpr std::array<std::uint32_t, 3> kMasks{kPollIn | kPollHangup | kPollError | kPollReadNormal,
                                                  kPollOut | kPollError | kPollWriteNormal, kPollPriority};
    std::int64_t found = 0;
    for (auto& set : ready_) std::ranges::fill(set, 0);
    for (std::int32_t descriptor = 0; descriptor < count_; ++descriptor) {
      auto index = static_cast<std::size_t>(descriptor);
      if (wanted_[0][index / 64] == 0 && wanted_[1][index / 64] == 0 && wanted_[2][index / 64] == 0) {
        descriptor |= 63;  // the whole word
        continue;
      }
      if (!asked(descriptor)) continue;
      std::uint32_t events = events_of(descriptor, table);
      for (std::size_t set = 0; set < kMasks.size(); ++set) {
        std::uint64_t bit = std::uint64_t{1} << (index % 64);
        if ((wanted_[set][index / 64] & bit) == 0 || (events & kMasks[set]) == 0) continue;
        ready_[set][index / 64] |= bit;
        ++found;
      }
    }
    return found;
  }

  Result<void> write() {
    for (std::size_t set = 0; set < addresses_.size(); ++set)
      if (addresses_[set] != 0) TRY(copy_to_guest(addresses_[set], std::as_bytes(std::span(ready_[set]))));
    return {};
  }

 private:
  [[nodiscard]] bool asked(std::int32_t descriptor) const {
    auto index = static_cast<std::size_t>(descriptor);
    std::uint64_t any = wanted_[0][index / 64] | wanted_[1][index / 64] | wanted_[2][index / 64];
    return (any >> (index % 64) & 1) != 0;
  }

  std::int32_t count_;
  std::array<std::uint64_t, 3> addresses_;
  std::size_t words_;
  std::array<std::vector<std::uint64_t>, 3> wanted_, ready_;
};

Result<std::int64_t> select_sets(const Arguments& a, const Timeout& timeout) {
  std::int32_t count = int32(a[0]);
  if (count < 0) return fail(Errno::einval);
  // Beyond the table there is nothing to look at; Linux cuts the count likewise.
  constexpr std::int32_t kMostDescriptors = 1 << 16;
  DescriptorSets sets(std::min(count, kMostDescriptors), {a[1], a[2], a[3]});
  TRY(sets.read());
  std::int64_t ready = TRY(wait_ready(timeout, [&](PollTable* table) { return sets.scan(table); }));
  TRY(sets.write());
  return ready;
}

}  // namespace

Result<std::int64_t> sys_poll(const Arguments& a) {
  Timeout timeout;
  if (int32(a[2]) == 0) timeout.immediate = true;
  if (int32(a[2]) > 0) timeout.deadline = deadline_after(low32(a[2]) / 1000, low32(a[2]) % 1000 * 1'000'000ULL);
  return poll_descriptors(a[0], low32(a[1]), timeout);
}

Result<std::int64_t> sys_ppoll(const Arguments& a) {
  Timeout timeout = TRY(timespec_timeout(a[2]));
  if (a[3] != 0) TRY(begin_temporary_mask(a[3], a[4]));
  auto ready = poll_descriptors(a[0], low32(a[1]), timeout);
  put_left(a[2], timeout, kNsPerSecond);
  return ready;
}

Result<std::int64_t> sys_select(const Arguments& a) {
  Timeout timeout;
  if (a[4] != 0) {
    auto time = TRY(read_guest<abi::TimeVal>(a[4]));
    // Unlike pselect, microseconds of a second and more are carried over.
    if (time.microseconds >= 1'000'000) {
      time.seconds += time.microseconds / 1'000'000;
      time.microseconds %= 1'000'000;
    }
    timeout = TRY(timeout_from(time.seconds, time.microseconds, 1'000'000));
  }
  auto ready = select_sets(a, timeout);
  put_left(a[4], timeout, 1'000'000);
  return ready;
}

Result<std::int64_t> sys_pselect6(const Arguments& a) {
  Timeout timeout = TRY(timespec_timeout(a[4]));
  if (a[5] != 0) {
    auto mask = TRY((read_guest<std::array<std::uint64_t, 2>>(a[5])));
    if (mask[0] != 0) TRY(begin_temporary_mask(mask[0], mask[1]));
  }
  auto ready = select_sets(a, timeout);
  put_left(a[4], timeout, kNsPerSecond);
  return ready;
}

}  // namespace tessera::lx
