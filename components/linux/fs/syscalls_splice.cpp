// SPDX-License-Identifier: Apache-2.0
// splice, tee, vmsplice: through a page of the personality. What leaves a pipe
// and cannot be written is put back: its room is kept meanwhile, also while the
// writing sleeps.
#include <algorithm>
#include <array>

#include "components/linux/fs/notify.hpp"
#include "components/linux/fs/pipe.hpp"
#include "components/linux/fs/splice.hpp"
#include "components/linux/fs/syscall_support.hpp"

namespace tessera::lx {
namespace {

constexpr std::uint32_t kNonBlock = 2, kAllFlags = 0xf;
using Page = std::array<std::byte, kPageBytes>;

std::size_t at_most_a_page(std::uint64_t count) {
  return static_cast<std::size_t>(std::min<std::uint64_t>(count, kPageBytes));
}

Result<std::int64_t> pipe_to_pipe(Pipe& in, Pipe& out, std::uint64_t count, bool non_blocking) {
  [[clang::uninitialized]] Page page;
  std::uint64_t done = 0;
  while (done == 0) {
    if (!TRY(in.wait_for_bytes(non_blocking))) return 0;
    TRY(out.wait_for_room(non_blocking));
    // Nothing sleeps from here on.
    while (done < count && in.used() != 0 && out.room() != 0) {
      std::size_t length = std::min(at_most_a_page(count - done), out.room());
      std::size_t taken = in.take(std::span(page).first(length));
      std::size_t moved = TRY(out.append(std::span(page).first(taken)));
      in.settle(taken, std::span(page).subspan(moved, taken - moved));
      done += moved;
    }
  }
  return static_cast<std::int64_t>(done);
}

Result<std::int64_t> pipe_to_file(Pipe& in, File& out, std::uint64_t& position, std::uint64_t count,
                                  bool non_blocking) {
  [[clang::uninitialized]] Page page;
  std::uint64_t done = 0;
  while (done < count) {
    if (done != 0 && in.used() == 0) break;
    if (done == 0 && !TRY(in.wait_for_bytes(non_blocking))) return 0;
    std::size_t taken = in.take(std::span(page).first(at_most_a_page(count - done)));
    IoBuffer from = IoBuffer::local(std::span<const std::byte>(page).first(taken));
    auto written = out.write(from, position);
    std::size_t moved = written ? *written : 0;
    in.settle(taken, std::span(page).subspan(moved, taken - moved));
    if (!written && done == 0) return fail(written.error());
    done += moved;
    if (moved < taken) break;
  }
  return static_cast<std::int64_t>(done);
}

Result<std::int64_t> file_to_pipe(File& in, std::uint64_t& position, Pipe& out, std::uint64_t count,
                                  bool non_blocking) {
  [[clang::uninitialized]] Page page;
  TRY(out.wait_for_room(non_blocking));
  const bool regular = in.inode() && in.inode()->type() == kRegular;
  std::uint64_t done = 0;
  while (done < count && out.room() != 0) {
    std::size_t length = std::min(at_most_a_page(count - done), out.room());
    out.reserve(length);
    IoBuffer to = IoBuffer::local(std::span(page).first(length));
    std::uint64_t from = position;
    auto read = in.read(to, from);
    out.unreserve(length);
    if (!read && done == 0) return fail(read.error());
    if (!read || *read == 0) break;
    auto moved = out.append(std::span(page).first(*read));
    if (!moved && done == 0) return fail(moved.error());
    if (!moved) break;
    position += *moved;
    done += *moved;
    // Only what is there at once is asked for a second time.
    if (!regular || *moved < length) break;
  }
  return static_cast<std::int64_t>(done);
}

// The position to use: the one that was given, or the file's own.
Result<std::uint64_t> start_position(const SpliceEnd& end) {
  if (!end.position) return end.file.position;
  if (!end.file.seekable() || static_cast<std::int64_t>(*end.position) < 0) return fail(Errno::einval);
  return *end.position;
}
void keep_position(SpliceEnd& end, std::uint64_t position) {
  if (end.position) end.position = position;
  else end.file.position = position;
}

Result<std::optional<std::uint64_t>> position_argument(std::uint64_t address) {
  if (address == 0) return std::optional<std::uint64_t>();
  return std::optional(TRY(read_guest<std::uint64_t>(address)));
}

}  // namespace

Result<std::int64_t> splice_files(SpliceEnd& in, SpliceEnd& out, std::uint64_t count, std::uint32_t flags) {
  if (count == 0) return 0;
  if ((flags & ~kAllFlags) != 0) return fail(Errno::einval);
  Pipe *from = in.file.pipe(), *to = out.file.pipe();
  if ((from != nullptr && in.position) || (to != nullptr && out.position)) return fail(Errno::espipe);
  if (!in.file.readable() || !out.file.writable()) return fail(Errno::ebadf);
  count = std::min(count, IoRanges::kMostBytes);
  const bool asked = (flags & kNonBlock) != 0;
  if (from != nullptr && to != nullptr) {
    if (from == to) return fail(Errno::einval);
    return pipe_to_pipe(*from, *to, count, asked || in.file.non_blocking() || out.file.non_blocking());
  }
  if (from != nullptr) {
    std::uint64_t position = TRY(start_position(out));
    if (out.file.appending()) return fail(Errno::einval);
    auto done = pipe_to_file(*from, out.file, position, count, asked || in.file.non_blocking());
    if (done && *done != 0) notify(out.file, kNotifyModify);
    if (done) keep_position(out, position);
    return done;
  }
  if (to == nullptr || (in.file.inode() && in.file.inode()->directory())) return fail(Errno::einval);
  std::uint64_t position = TRY(start_position(in));
  auto done = file_to_pipe(in.file, position, *to, count, asked || out.file.non_blocking());
  if (done && *done != 0) notify(in.file, kNotifyAccess);
  if (done) keep_position(in, position);
  return done;
}

Result<std::int64_t> sys_splice(const Arguments& a) {
  if (a[4] == 0) return 0;
  if ((low32(a[5]) & ~kAllFlags) != 0) return fail(Errno::einval);
  Ref<File> from = TRY(file_at(a[0])), to = TRY(file_at(a[2]));
  // A pipe has no position, wherever it was to be found.
  if ((from->pipe() != nullptr && a[1] != 0) || (to->pipe() != nullptr && a[3] != 0)) return fail(Errno::espipe);
  SpliceEnd in{*from, TRY(position_argument(a[1]))}, out{*to, TRY(position_argument(a[3]))};
  auto done = splice_files(in, out, a[4], low32(a[5]));
  if (!done) return done;
  if (in.position) TRY(write_guest(a[1], *in.position));
  if (out.position) TRY(write_guest(a[3], *out.position));
  return done;
}

Result<std::int64_t> tee_files(File& in, File& out, std::uint64_t count, std::uint32_t flags) {
  if ((flags & ~kAllFlags) != 0) return fail(Errno::einval);
  if (count == 0) return 0;
  if (!in.readable() || !out.writable()) return fail(Errno::ebadf);
  Pipe *from = in.pipe(), *to = out.pipe();
  if (from == nullptr || to == nullptr || from == to) return fail(Errno::einval);
  const bool non_blocking = (flags & kNonBlock) != 0 || in.non_blocking() || out.non_blocking();
  [[clang::uninitialized]] Page page;
  std::uint64_t done = 0;
  // What was there may be gone after the wait for room.
  while (done == 0) {
    if (!TRY(from->wait_for_bytes(non_blocking))) return 0;
    TRY(to->wait_for_room(non_blocking));
    while (done < count && to->room() != 0) {
      std::size_t length = std::min(at_most_a_page(count - done), to->room());
      std::size_t seen = from->peek(done, std::span(page).first(length));
      if (seen == 0) break;
      auto moved = to->append(std::span(page).first(seen));
      if (!moved && done == 0) return fail(moved.error());
      if (!moved) break;
      done += *moved;
    }
  }
  return static_cast<std::int64_t>(done);
}

Result<std::int64_t> sys_tee(const Arguments& a) {
  if ((low32(a[3]) & ~kAllFlags) != 0) return fail(Errno::einval);
  if (a[2] == 0) return 0;
  Ref<File> in = TRY(file_at(a[0])), out = TRY(file_at(a[1]));
  return tee_files(*in, *out, a[2], low32(a[3]));
}

Result<std::int64_t> sys_vmsplice(const Arguments& a) {
  std::uint32_t flags = low32(a[3]);
  if ((flags & ~kAllFlags) != 0) return fail(Errno::einval);
  Ref<File> file = TRY(file_at(a[0]));
  if (!file->readable() && !file->writable()) return fail(Errno::ebadf);
  IoRanges ranges = TRY(IoRanges::read(a[1], a[2]));
  IoBuffer buffer = ranges.buffer();
  if (buffer.remaining() == 0) return 0;
  Pipe* pipe = file->pipe();
  if (pipe == nullptr) return fail(Errno::ebadf);
  const bool non_blocking = (flags & kNonBlock) != 0;
  if (!file->writable()) return static_cast<std::int64_t>(TRY(pipe->read(buffer, non_blocking)));
  TRY(pipe->wait_for_room(non_blocking));
  buffer.limit(pipe->room());
  return static_cast<std::int64_t>(TRY(pipe->write(buffer, true)));
}

// Does more than it has to: everything of the file is durable afterwards.
Result<std::int64_t> sys_sync_file_range(const Arguments& a) {
  constexpr std::uint32_t kAll = 7;
  Ref<File> file = TRY(file_at(a[0]));
  auto offset = static_cast<std::int64_t>(a[1]), bytes = static_cast<std::int64_t>(a[2]);
  std::int64_t end = 0;
  if ((low32(a[3]) & ~kAll) != 0 || offset < 0 || bytes < 0 || __builtin_add_overflow(offset, bytes, &end))
    return fail(Errno::einval);
  Ref<Inode> inode = file->inode();
  const std::uint32_t type = inode ? inode->type() : kFifo;
  if (type != kRegular && type != kBlockDevice && type != kDirectory && type != kSymlink) return fail(Errno::espipe);
  if (type == kRegular && low32(a[3]) != 0) TRY(inode->sync(true, Hold::leave));
  return 0;
}

}  // namespace tessera::lx
