// SPDX-License-Identifier: Apache-2.0
#include "components/linux/signal/signal.hpp"

namespace tessera::lx {

namespace {
std::uint64_t pair(std::uint32_t low, std::uint32_t high) { return low | std::uint64_t{high} << 32; }
}  // namespace

DefaultAction default_action(int signal) {
  switch (signal) {
    case kSigCont: return DefaultAction::resume;
    case kSigChld: case kSigUrg: case kSigWinch: return DefaultAction::ignore;
    case kSigStop: case kSigTstp: case kSigTtin: case kSigTtou: return DefaultAction::stop;
    case kSigQuit: case kSigIll: case kSigTrap: case kSigAbrt: case kSigBus: case kSigFpe: case kSigSegv:
    case kSigXcpu: case kSigXfsz: case kSigSys:
      return DefaultAction::core;
    default: return DefaultAction::terminate;
  }
}

SignalInfo SignalInfo::plain(int signal, std::int32_t code) {
  SignalInfo info;
  info.signal = signal;
  info.code = code;
  return info;
}

SignalInfo SignalInfo::from(int signal, std::int32_t code, std::int32_t pid, std::uint32_t uid, std::uint64_t value) {
  SignalInfo info = plain(signal, code);
  info.fields[0] = pair(static_cast<std::uint32_t>(pid), uid);
  info.fields[1] = value;
  return info;
}

SignalInfo SignalInfo::fault(int signal, std::int32_t code, std::uint64_t address) {
  SignalInfo info = plain(signal, code);
  info.fields[0] = address;
  return info;
}

SignalInfo SignalInfo::child(std::int32_t code, std::int32_t pid, std::uint32_t uid, std::int32_t status,
                             std::uint64_t user_ticks, std::uint64_t system_ticks) {
  SignalInfo info = from(kSigChld, code, pid, uid);
  info.fields[1] = static_cast<std::uint32_t>(status);
  info.fields[2] = user_ticks;
  info.fields[3] = system_ticks;
  return info;
}

SignalInfo SignalInfo::io(int signal, std::int32_t code, std::uint32_t band, std::int32_t descriptor) {
  SignalInfo info = plain(signal, code);
  info.fields[0] = band;
  info.fields[1] = static_cast<std::uint32_t>(descriptor);
  return info;
}

SignalInfo SignalInfo::timer(int signal, std::int32_t timer_id, std::int32_t overrun, std::uint64_t value) {
  SignalInfo info = plain(signal, kCodeTimer);
  info.fields[0] = pair(static_cast<std::uint32_t>(timer_id), static_cast<std::uint32_t>(overrun));
  info.fields[1] = value;
  return info;
}

}  // namespace tessera::lx
