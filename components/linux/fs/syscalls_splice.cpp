// SPDX-License-Identifier: Apache-2.0
// splice, tee, vmsplice: through a page of the personality. What leaves a pipe
// and cannot be written is put back: its room is kept meanwhile, also while the
// writing sleeps.
#include <algorithm>
#include <array>

#include "components/linux/fs/notify.hpp"
#include "components/linux/fs/pipe.hpp"
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

struct Ends {
  Ref<File> in, out;
};
Result<Ends> ends_of(std::uint64_t in, std::uint64_t out) {
  Ends ends{TRY(file_at(in)), TRY(file_at(out))};
  if (!ends.in->readable() || !ends.out->writable()) return fail(Errno::ebadf);
  return ends;
}

// The position to use: the caller's at `address`, or the file's own.
Result<std::uint64_t> start_position(const File& file, std::uint64_t address) {
  if (address == 0) return file.position;
  auto position = TRY(read_guest<std::uint64_t>(address));
  if (!file.seekable() || static_cast<std::int64_t>(position) < 0) return fail(Errno::einval);
  return position;
}
Result<void> keep_position(File& file, std::uint64_t address, std::uint64_t position) {
  if (address != 0) return write_guest(address, position);
  file.position = position;
  return {};
}

}  // namespace

Result<std::int64_t> sys_splice(const Arguments& a) {
  std::uint32_t flags = low32(a[5]);
  if (a[4] == 0) return 0;
  if ((flags & ~kAllFlags) != 0) return fail(Errno::einval);
  Ref<File> in = TRY(file_at(a[0])), out = TRY(file_at(a[2]));
  Pipe *from = in->pipe(), *to = out->pipe();
  if ((from != nullptr && a[1] != 0) || (to != nullptr && a[3] != 0)) return fail(Errno::espipe);
  if (!in->readable() || !out->writable()) return fail(Errno::ebadf);
  const std::uint64_t count = std::min(a[4], IoRanges::kMostBytes);
  const bool asked = (flags & kNonBlock) != 0;
  if (from != nullptr && to != nullptr) {
    if (from == to) return fail(Errno::einval);
    return pipe_to_pipe(*from, *to, count, asked || in->non_blocking() || out->non_blocking());
  }
  if (from != nullptr) {
    std::uint64_t position = TRY(start_position(*out, a[3]));
    if (out->appending()) return fail(Errno::einval);
    auto done = pipe_to_file(*from, *out, position, count, asked || in->non_blocking());
    if (done && *done != 0) notify(*out, kNotifyModify);
    if (done) TRY(keep_position(*out, a[3], position));
    return done;
  }
  if (to == nullptr || (in->inode() && in->inode()->directory())) return fail(Errno::einval);
  std::uint64_t position = TRY(start_position(*in, a[1]));
  auto done = file_to_pipe(*in, position, *to, count, asked || out->non_blocking());
  if (done && *done != 0) notify(*in, kNotifyAccess);
  if (done) TRY(keep_position(*in, a[1], position));
  return done;
}

Result<std::int64_t> sys_tee(const Arguments& a) {
  std::uint32_t flags = low32(a[3]);
  if ((flags & ~kAllFlags) != 0) return fail(Errno::einval);
  if (a[2] == 0) return 0;
  Ends ends = TRY(ends_of(a[0], a[1]));
  Pipe *from = ends.in->pipe(), *to = ends.out->pipe();
  if (from == nullptr || to == nullptr || from == to) return fail(Errno::einval);
  const bool non_blocking = (flags & kNonBlock) != 0 || ends.in->non_blocking() || ends.out->non_blocking();
  [[clang::uninitialized]] Page page;
  std::uint64_t done = 0;
  // What was there may be gone after the wait for room.
  while (done == 0) {
    if (!TRY(from->wait_for_bytes(non_blocking))) return 0;
    TRY(to->wait_for_room(non_blocking));
    while (done < a[2] && to->room() != 0) {
      std::size_t length = std::min(at_most_a_page(a[2] - done), to->room());
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

// Contents live in memory: there is nothing to wait for.
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
  return 0;
}

}  // namespace tessera::lx
