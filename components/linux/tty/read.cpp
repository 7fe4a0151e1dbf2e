// SPDX-License-Identifier: Apache-2.0
// Reading from a terminal: whole lines, or by VMIN and VTIME; poll.
#include <algorithm>

#include "components/linux/process/contract.hpp"
#include "components/linux/tty/terminal.hpp"

namespace tessera::lx {
namespace {

constexpr int kSigTtin = 21;
constexpr std::uint64_t kTenthNs = 100'000'000;

}  // namespace

Result<std::size_t> Terminal::read(IoBuffer& to, bool non_blocking) {
  if (hung_up_ || to.remaining() == 0) return 0U;
  TRY(check_foreground(kSigTtin));
  Ref<Terminal> keep(this);
  return local_flag(kCanonical) ? read_line(to, non_blocking) : read_raw(to, non_blocking);
}

// Moves up to `most` characters that are ready, not beyond the end of a line in canonical mode.
std::size_t Terminal::take_cells(IoBuffer& to, std::size_t most) {
  bool canonical = local_flag(kCanonical);
  std::size_t done = 0;
  while (done < most && read_ != lines_) {
    [[clang::uninitialized]] std::array<std::byte, 256> piece;
    std::size_t length = 0, cells = 0, limit = std::min({piece.size(), most - done, lines_ - read_});
    bool end = false, mark = false;
    while (cells < limit && !end) {
      Cell taken = cell(read_ + cells++);
      end = canonical && (taken & kLineEnd) != 0;
      mark = (taken & kEndMark) != 0;
      if (!mark || !canonical) piece[length++] = static_cast<std::byte>(taken & 0xff);
    }
    std::size_t moved = to.put(std::span<const std::byte>(piece).first(length));
    done += moved;
    if (moved < length) {
      read_ += moved;
      break;
    }
    read_ += cells;
    if (end) return done;
  }
  // Exactly the line's characters were asked for: its end mark goes with them.
  if (canonical && done != 0 && read_ != lines_ && (cell(read_) & kEndMark) != 0) ++read_;
  return done;
}

Result<std::size_t> Terminal::read_line(IoBuffer& to, bool non_blocking) {
  while (readable_cells() == 0) {
    if (hung_up_) return 0U;
    if (non_blocking) return fail(Errno::eagain);
    TRY(wait_for_input(kNoDeadline));
    if (!local_flag(kCanonical)) return read_raw(to, non_blocking);
    // Woken as one of several, or moved to the background meanwhile.
    TRY(check_foreground(kSigTtin));
  }
  std::size_t done = take_cells(to, to.remaining());
  if (driver_ != nullptr) driver_->input_drained();
  if (done == 0 && to.faulted()) return fail(Errno::efault);
  return done;
}

// termios(3), noncanonical mode: the four cases of MIN and TIME.
Result<std::size_t> Terminal::read_raw(IoBuffer& to, bool non_blocking) {
  std::size_t minimum = termios_.characters[kMinimum];
  std::uint64_t time_ns = termios_.characters[kTime] * kTenthNs;
  std::size_t wanted = std::max<std::size_t>(std::min(minimum, to.remaining()), 1);
  std::size_t done = 0;
  std::uint64_t deadline = minimum == 0 && time_ns != 0 ? monotonic_ns() + time_ns : kNoDeadline;
  while (true) {
    done += take_cells(to, to.remaining());
    if (driver_ != nullptr) driver_->input_drained();
    if (to.faulted()) return done != 0 ? Result<std::size_t>(done) : fail(Errno::efault);
    if (done >= wanted || hung_up_) return done;
    if (minimum == 0 && time_ns == 0) return done;
    if (non_blocking) return done != 0 ? Result<std::size_t>(done) : fail(Errno::eagain);
    // Between characters the clock runs only once there is one.
    if (minimum != 0 && time_ns != 0 && done != 0) deadline = monotonic_ns() + time_ns;
    auto slept = wait_for_input(deadline);
    if (slept) continue;
    if (slept.error() == Errno::etimedout || done != 0) return done;
    return fail(slept.error());
  }
}

Result<void> Terminal::wait_for_input(std::uint64_t deadline) {
  return wait_until(current_thread(), readers_, [&] { return readable_cells() != 0 || hung_up_; }, deadline);
}

std::uint32_t Terminal::poll(PollTable* table) {
  if (table != nullptr) {
    table->add(readers_);
    table->add(writers_);
  }
  if (hung_up_) return kPollIn | kPollOut | kPollError | kPollHangup | kPollReadNormal | kPollWriteNormal;
  std::uint32_t events = 0;
  std::size_t wanted = 1;
  if (!local_flag(kCanonical) && termios_.characters[kTime] == 0)
    wanted = std::max<std::size_t>(termios_.characters[kMinimum], 1);
  if (readable_cells() >= wanted) events |= kPollIn | kPollReadNormal;
  if (output_.size() < kOutputRoom) events |= kPollOut | kPollWriteNormal;
  return events;
}

}  // namespace tessera::lx
