// SPDX-License-Identifier: Apache-2.0
// ioctl_tty(2).
#include <algorithm>

#include "components/linux/core/guest_memory.hpp"
#include "components/linux/process/contract.hpp"
#include "components/linux/tty/terminal.hpp"

namespace tessera::lx {
namespace {

enum Request : std::uint32_t {
  kGetTermios = 0x5401, kSetTermios = 0x5402, kSetTermiosWait = 0x5403, kSetTermiosFlush = 0x5404,
  kGetTermio = 0x5405, kSetTermio = 0x5406, kSetTermioWait = 0x5407, kSetTermioFlush = 0x5408,
  kSendBreak = 0x5409, kFlow = 0x540A, kFlush = 0x540B, kExclusive = 0x540C, kNotExclusive = 0x540D,
  kTakeControl = 0x540E, kGetGroup = 0x540F, kSetGroup = 0x5410, kOutputQueued = 0x5411, kInject = 0x5412,
  kGetWindow = 0x5413, kSetWindow = 0x5414, kInputQueued = 0x541B, kGiveUpControl = 0x5422, kSetDiscipline = 0x5423,
  kGetDiscipline = 0x5424, kSendBreakTenths = 0x5425, kGetSession = 0x5429, kHangUp = 0x5437,
  kGetTermios2 = 0x802C542A, kSetTermios2 = 0x402C542B, kSetTermios2Wait = 0x402C542C,
  kSetTermios2Flush = 0x402C542D, kGetLockedTermios = 0x5456, kSetLockedTermios = 0x5457,
};

constexpr int kSigTtou = 22;
constexpr std::uint32_t kSpeed = 38400;

// What the superuser locked stays as it is.
abi::Termios with_locked(abi::Termios wanted, const abi::Termios& now, const abi::Termios& locked) {
  const auto keep = [](std::uint32_t& field, std::uint32_t old, std::uint32_t bits) { field = (old & bits) | (field & ~bits); };
  keep(wanted.input, now.input, locked.input);
  keep(wanted.output, now.output, locked.output);
  keep(wanted.control, now.control, locked.control);
  keep(wanted.local, now.local, locked.local);
  if (locked.line != 0) wanted.line = now.line;
  for (std::size_t i = 0; i < wanted.characters.size(); ++i)
    if (locked.characters[i] != 0) wanted.characters[i] = now.characters[i];
  return wanted;
}

}  // namespace

Result<std::int64_t> Terminal::set_termios(const abi::Termios& termios, bool drain, bool flush) {
  TRY(check_foreground(kSigTtou));
  if (drain) TRY(drain_output());
  if (flush) flush_input();
  bool was_canonical = local_flag(kCanonical);
  termios_ = with_locked(termios, termios_, locked_termios_);
  if (was_canonical != local_flag(kCanonical)) {
    // What was typed so far is readable at once in raw mode; back in canonical
    // mode it is one line that is complete.
    if (!was_canonical && read_ != end_) cell(end_ - 1) |= kLineEnd;
    lines_ = end_;
    literal_next_ = false;
  }
  if (stopped_ && !input_flag(kFlowControl)) set_stopped(false);
  wake_readers();
  return 0;
}

Result<std::int64_t> Terminal::ioctl(std::uint32_t request, std::uint64_t argument) {
  if (hung_up_) return fail(Errno::eio);
  bool known = true;
  auto done = common_ioctl(request, argument, known);
  if (known) return done;
  return job_ioctl(request, argument);
}

Result<std::int64_t> Terminal::common_ioctl(std::uint32_t request, std::uint64_t argument, bool& known) {
  switch (request) {
    case kGetTermios: TRY(write_guest(argument, termios_)); return 0;
    case kSetTermios:
    case kSetTermiosWait:
    case kSetTermiosFlush: {
      auto termios = TRY(read_guest<abi::Termios>(argument));
      return set_termios(termios, request != kSetTermios, request == kSetTermiosFlush);
    }
    case kGetTermios2: TRY(write_guest(argument, abi::Termios2{termios_, kSpeed, kSpeed})); return 0;
    case kSetTermios2:
    case kSetTermios2Wait:
    case kSetTermios2Flush: {
      auto termios = TRY(read_guest<abi::Termios2>(argument));
      return set_termios(termios.base, request != kSetTermios2, request == kSetTermios2Flush);
    }
    case kGetTermio: {
      abi::Termio termio{static_cast<std::uint16_t>(termios_.input), static_cast<std::uint16_t>(termios_.output),
                         static_cast<std::uint16_t>(termios_.control), static_cast<std::uint16_t>(termios_.local),
                         termios_.line, {}};
      std::ranges::copy(std::span(termios_.characters).first<8>(), termio.characters.begin());
      TRY(write_guest(argument, termio));
      return 0;
    }
    case kSetTermio:
    case kSetTermioWait:
    case kSetTermioFlush: {
      // Only the lower halves, and eight characters.
      auto termio = TRY(read_guest<abi::Termio>(argument));
      abi::Termios termios = termios_;
      auto low = [](std::uint32_t& field, std::uint16_t value) { field = (field & 0xffff0000) | value; };
      low(termios.input, termio.input);
      low(termios.output, termio.output);
      low(termios.control, termio.control);
      low(termios.local, termio.local);
      std::ranges::copy(termio.characters, termios.characters.begin());
      return set_termios(termios, request != kSetTermio, request == kSetTermioFlush);
    }
    case kGetLockedTermios: TRY(write_guest(argument, locked_termios_)); return 0;
    case kSetLockedTermios:
      if (current_credentials().euid != 0) return fail(Errno::eperm);
      locked_termios_ = TRY(read_guest<abi::Termios>(argument));
      return 0;
    case kGetWindow: TRY(write_guest(argument, window_)); return 0;
    case kSetWindow: set_window(TRY(read_guest<abi::WindowSize>(argument))); return 0;
    case kFlush: {
      TRY(check_foreground(kSigTtou));
      if (argument > 2) return fail(Errno::einval);
      if (argument != 1) flush_input();
      if (argument != 0) {
        output_.clear();
        if (!writers_.empty()) writers_.wake_all();
      }
      return 0;
    }
    default: known = false; return fail(Errno::enotty);
  }
}

Result<std::int64_t> Terminal::job_ioctl(std::uint32_t request, std::uint64_t argument) {
  switch (request) {
    case kTakeControl: return take_control(argument == 1);
    case kGiveUpControl: {
      if (!controls_caller()) return fail(Errno::enotty);
      if (!current_is_session_leader()) return 0;
      set_session_terminal(session_, nullptr);
      session_ended();
      return 0;
    }
    case kGetGroup:
      if (!controls_caller()) return fail(Errno::enotty);
      TRY(write_guest(argument, foreground_));
      return 0;
    case kSetGroup: return set_foreground(TRY(read_guest<std::int32_t>(argument)));
    case kGetSession:
      if (!controls_caller()) return fail(Errno::enotty);
      TRY(write_guest(argument, session_));
      return 0;
    case kInject: {
      if (!controls_caller() && current_credentials().euid != 0) return fail(Errno::eperm);
      auto c = TRY(read_guest<std::byte>(argument));
      receive(std::span<const std::byte, 1>(&c, 1));
      return 0;
    }
    case kInputQueued: TRY(write_guest(argument, static_cast<std::int32_t>(readable_cells()))); return 0;
    case kOutputQueued: TRY(write_guest(argument, static_cast<std::int32_t>(output_.size()))); return 0;
    case kFlow:
      TRY(check_foreground(kSigTtou));
      if (argument > 3) return fail(Errno::einval);
      if (argument < 2) set_stopped(argument == 0);  // TCOOFF, TCOON; the driver has no input to hold
      return 0;
    case kSendBreak:
    case kSendBreakTenths:
      TRY(check_foreground(kSigTtou));
      TRY(drain_output());  // tcdrain; there is no line to break
      return 0;
    case kGetDiscipline: TRY(write_guest(argument, std::int32_t{0})); return 0;
    case kSetDiscipline:
      if (TRY(read_guest<std::int32_t>(argument)) != 0) return fail(Errno::einval);
      return 0;
    case kHangUp:
      if (current_credentials().euid != 0) return fail(Errno::eperm);
      hang_up();
      return 0;
    default: return fail(Errno::enotty);
  }
}

Result<std::int64_t> Terminal::set_foreground(std::int32_t group) {
  TRY(check_foreground(kSigTtou));
  if (!controls_caller()) return fail(Errno::enotty);
  if (group < 0) return fail(Errno::einval);
  if (TRY(session_of_group(group)) != session_) return fail(Errno::eperm);
  foreground_ = group;
  return 0;
}

Result<std::int64_t> Terminal::take_control(bool steal) {
  if (controls_caller() && current_is_session_leader()) return 0;
  if (!current_is_session_leader() || current_terminal()) return fail(Errno::eperm);
  if (session_ != 0) {
    if (!steal || current_credentials().euid != 0) return fail(Errno::eperm);
    set_session_terminal(session_, nullptr);
  }
  assign(current_session(), current_process_group());
  return 0;
}

}  // namespace tessera::lx
