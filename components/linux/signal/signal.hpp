// SPDX-License-Identifier: Apache-2.0
// Signal numbers, sets and what a signal carries (Linux' siginfo).
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>

namespace tessera::lx {

inline constexpr int kSigHup = 1, kSigInt = 2, kSigQuit = 3, kSigIll = 4, kSigTrap = 5, kSigAbrt = 6, kSigBus = 7,
                     kSigFpe = 8, kSigKill = 9, kSigUsr1 = 10, kSigSegv = 11, kSigUsr2 = 12, kSigPipe = 13,
                     kSigAlrm = 14, kSigTerm = 15, kSigStkflt = 16, kSigChld = 17, kSigCont = 18, kSigStop = 19,
                     kSigTstp = 20, kSigTtin = 21, kSigTtou = 22, kSigUrg = 23, kSigXcpu = 24, kSigXfsz = 25,
                     kSigVtalrm = 26, kSigProf = 27, kSigWinch = 28, kSigIo = 29, kSigPwr = 30, kSigSys = 31;
inline constexpr int kFirstRealtime = 32, kSignalCount = 64;

// si_code values.
inline constexpr std::int32_t kCodeUser = 0, kCodeKernel = 0x80, kCodeQueue = -1, kCodeTimer = -2, kCodeTkill = -6;
inline constexpr std::int32_t kCodeSegvMap = 1, kCodeSegvAccess = 2, kCodeBusAlign = 1, kCodeBusObject = 2,
                              kCodeIllOpcode = 2, kCodeFpeDivide = 1, kCodeFpeInvalid = 7, kCodeTrapBreak = 1,
                              kCodeTrapStep = 2;
inline constexpr std::int32_t kChildExited = 1, kChildKilled = 2, kChildDumped = 3, kChildTrapped = 4, kChildStopped = 5,
                              kChildContinued = 6;

constexpr bool valid_signal(int signal) { return signal >= 1 && signal <= kSignalCount; }

// A set of signals in Linux' layout: bit n-1 for signal n.
class SignalSet {
 public:
  constexpr SignalSet() = default;
  explicit constexpr SignalSet(std::uint64_t bits) : bits_(bits) {}
  static constexpr SignalSet of(int signal) { return SignalSet(std::uint64_t{1} << (signal - 1)); }
  template <typename... More>
  static constexpr SignalSet of(int signal, More... more) {
    return of(signal) | of(more...);
  }
  [[nodiscard]] constexpr std::uint64_t bits() const { return bits_; }
  [[nodiscard]] constexpr bool contains(int signal) const { return (bits_ >> (signal - 1) & 1) != 0; }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  [[nodiscard]] constexpr int lowest() const { return std::countr_zero(bits_) + 1; }  // of a set that is not empty
  constexpr void add(int signal) { bits_ |= of(signal).bits_; }
  constexpr void remove(int signal) { bits_ &= ~of(signal).bits_; }
  constexpr SignalSet operator|(SignalSet other) const { return SignalSet(bits_ | other.bits_); }
  constexpr SignalSet operator&(SignalSet other) const { return SignalSet(bits_ & other.bits_); }
  constexpr SignalSet operator-(SignalSet other) const { return SignalSet(bits_ & ~other.bits_); }
  constexpr bool operator==(const SignalSet&) const = default;

 private:
  std::uint64_t bits_ = 0;
};

// A set that its one writer of the moment changes while others look at it: what a thread
// blocks (its own change needs no lock), what waits for it.
class WatchedSignalSet {
 public:
  operator SignalSet() const { return SignalSet(bits_.load(std::memory_order_relaxed)); }  // NOLINT: it is one
  WatchedSignalSet& operator=(SignalSet set) {
    bits_.store(set.bits(), std::memory_order_relaxed);
    return *this;
  }
  WatchedSignalSet& operator=(const WatchedSignalSet& other) { return *this = SignalSet(other); }
  [[nodiscard]] bool contains(int signal) const { return SignalSet(*this).contains(signal); }
  [[nodiscard]] bool empty() const { return SignalSet(*this).empty(); }
  [[nodiscard]] std::uint64_t bits() const { return SignalSet(*this).bits(); }
  void add(int signal) { *this = *this | SignalSet::of(signal); }
  void remove(int signal) { *this = *this - SignalSet::of(signal); }
  SignalSet operator|(SignalSet other) const { return SignalSet(*this) | other; }
  SignalSet operator&(SignalSet other) const { return SignalSet(*this) & other; }
  SignalSet operator-(SignalSet other) const { return SignalSet(*this) - other; }

 private:
  std::atomic<std::uint64_t> bits_{0};
};

// Never blocked, never caught.
inline constexpr SignalSet kUnblockable = SignalSet::of(kSigKill, kSigStop);
inline constexpr SignalSet kStopSignals = SignalSet::of(kSigStop, kSigTstp, kSigTtin, kSigTtou);
// Caused by the thread's own instruction: delivered before all others.
inline constexpr SignalSet kSynchronous = SignalSet::of(kSigSegv, kSigBus, kSigIll, kSigTrap, kSigFpe, kSigSys);

enum class DefaultAction : std::uint8_t { terminate, ignore, core, stop, resume };
DefaultAction default_action(int signal);

// siginfo_t, 128 bytes as the guest sees it.
struct SignalInfo {
  std::int32_t signal = 0;
  std::int32_t error = 0;
  std::int32_t code = 0;
  std::int32_t padding = 0;
  std::array<std::uint64_t, 14> fields{};

  static SignalInfo plain(int signal, std::int32_t code);  // from the kernel
  static SignalInfo from(int signal, std::int32_t code, std::int32_t pid, std::uint32_t uid, std::uint64_t value = 0);
  static SignalInfo fault(int signal, std::int32_t code, std::uint64_t address);
  static SignalInfo child(std::int32_t code, std::int32_t pid, std::uint32_t uid, std::int32_t status,
                          std::uint64_t user_ticks, std::uint64_t system_ticks);
  static SignalInfo io(int signal, std::int32_t code, std::uint32_t band, std::int32_t descriptor);
  static SignalInfo timer(int signal, std::int32_t timer_id, std::int32_t overrun, std::uint64_t value);
};
static_assert(sizeof(SignalInfo) == 128);

}  // namespace tessera::lx
