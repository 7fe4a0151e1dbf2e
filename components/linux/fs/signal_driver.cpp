// SPDX-License-Identifier: Apache-2.0
#include "components/linux/fs/signal_driver.hpp"

#include <limits>

#include "components/linux/core/guest_memory.hpp"

namespace tessera::lx {

namespace {

enum Command : std::uint32_t {
  kSetOwner = 8, kGetOwner = 9, kSetSignal = 10, kGetSignal = 11, kSetOwnerKind = 15, kGetOwnerKind = 16, kGetUsers = 17,
};

// struct f_owner_ex.
struct NamedOwner {
  std::int32_t kind = 0, number = 0;
};

// si_code and si_band of what happened (sigaction(2), SIGPOLL).
constexpr std::int32_t kIn = 1, kOut = 2, kHangup = 6;
constexpr std::uint32_t kInBand = kPollIn | kPollReadNormal;
constexpr std::uint32_t kOutBand = kPollOut | kPollWriteNormal | 0x200;
constexpr std::uint32_t kHangupBand = kPollHangup | kPollError;

SignalDriver& driver_of(File& file) {
  if (file.signal_driver == nullptr) file.signal_driver = std::make_unique<SignalDriver>(file);
  return *file.signal_driver;
}

Result<void> own(File& file, SignalOwnerKind kind, std::int32_t number) {
  if (number != 0 && !signal_owner_exists(kind, number)) return fail(Errno::esrch);
  SignalOwner& owner = driver_of(file).owner;
  const Credentials& who = current_credentials();
  owner = SignalOwner{.kind = kind, .number = number, .uid = who.uid, .euid = who.euid};
  if (number == 0) owner.uid = owner.euid = 0;
  return {};
}

}  // namespace

void SignalDriver::start(std::int32_t descriptor) {
  descriptor_ = descriptor;
  if (nodes_.empty()) last_ = file_.poll(this);
}

void SignalDriver::add(WaitQueue& queue) {
  nodes_.push_back(std::make_unique<WaitNode>(static_cast<WaitWatcher&>(*this), queue));
}

void SignalDriver::queue_woke() {
  if (file_.references() == 0) return;  // it wakes others as it ends
  const std::uint32_t now = file_.poll(nullptr);
  const std::uint32_t fresh = now & ~last_;
  last_ = now;
  const auto tell = [this](std::int32_t code, std::uint32_t band) {
    send_io_signal(owner, {.signal = signal, .code = code, .band = band, .descriptor = descriptor_});
  };
  if ((now & kPollIn) != 0) tell(kIn, kInBand);
  if ((fresh & kPollHangup) != 0) tell(file_.socket() != nullptr ? kHangup : kIn, file_.socket() != nullptr ? kHangupBand : kInBand);
  if ((now & kPollOut) != 0 && ((now & kPollIn) == 0 || (fresh & kPollOut) != 0)) tell(kOut, kOutBand);
}

void SignalDriver::tell_message() {
  constexpr std::int32_t kMessage = 3;
  constexpr std::uint32_t kMessageBand = kPollIn | kPollReadNormal | 0x400;
  send_io_signal(owner, {.signal = signal, .code = kMessage, .band = kMessageBand, .descriptor = descriptor_});
}

void own_signals_of(File& file, std::int32_t descriptor) {
  SignalDriver& driver = driver_of(file);
  driver.name_descriptor(descriptor);
  if (driver.owner.number == 0) (void)own(file, SignalOwnerKind::process, current_pid());
}

void drive_by_signals(File& file, std::int32_t descriptor, bool on) {
  if (!file.drives_signals()) return;
  if (on) {
    driver_of(file).start(descriptor);
    file.set_flags(file.flags() | kOpenAsync);
  } else {
    if (file.signal_driver != nullptr) file.signal_driver->stop();
    file.set_flags(file.flags() & ~kOpenAsync);
  }
}

Result<void> set_signal_owner(File& file, std::int32_t number) {
  if (number == std::numeric_limits<std::int32_t>::min()) return fail(Errno::einval);
  if (number < 0) return own(file, SignalOwnerKind::group, -number);
  return own(file, SignalOwnerKind::process, number);
}

std::int32_t signal_owner(const File& file) {
  if (file.signal_driver == nullptr) return 0;
  const SignalOwner& owner = file.signal_driver->owner;
  if (owner.number == 0 || !signal_owner_exists(owner.kind, owner.number)) return 0;
  return owner.kind == SignalOwnerKind::group ? -owner.number : owner.number;
}

bool is_signal_owner_command(std::uint32_t command) {
  return (command >= kSetOwner && command <= kGetSignal) || (command >= kSetOwnerKind && command <= kGetUsers);
}

Result<std::int64_t> signal_owner_command(File& file, std::uint32_t command, std::uint64_t argument) {
  constexpr std::uint64_t kMostSignal = 64;
  const SignalDriver* const driver = file.signal_driver.get();
  switch (command) {
    case kSetOwner:
      TRY(set_signal_owner(file, static_cast<std::int32_t>(static_cast<std::uint32_t>(argument))));
      return 0;
    case kGetOwner: return signal_owner(file);
    case kSetSignal:
      if (argument > kMostSignal) return fail(Errno::einval);
      driver_of(file).signal = static_cast<int>(argument);
      return 0;
    case kGetSignal: return driver != nullptr ? driver->signal : 0;
    case kSetOwnerKind: {
      const auto named = TRY(read_guest<NamedOwner>(argument));
      if (named.kind < 0 || named.kind > static_cast<std::int32_t>(SignalOwnerKind::group)) return fail(Errno::einval);
      if (named.number < 0) return fail(Errno::esrch);
      TRY(own(file, static_cast<SignalOwnerKind>(named.kind), named.number));
      return 0;
    }
    case kGetOwnerKind: {
      NamedOwner named;
      const std::int32_t number = signal_owner(file);
      if (driver != nullptr) named.kind = static_cast<std::int32_t>(driver->owner.kind);
      named.number = number < 0 ? -number : number;
      TRY(write_guest(argument, named));
      return 0;
    }
    case kGetUsers: {
      std::array<std::uint32_t, 2> users{};
      if (driver != nullptr) users = {driver->owner.uid, driver->owner.euid};
      TRY(write_guest(argument, users));
      return 0;
    }
    default: return fail(Errno::einval);
  }
}

}  // namespace tessera::lx
