// SPDX-License-Identifier: Apache-2.0
// sendfile and copy_file_range: from one file to another through a page of the
// personality.
#include <algorithm>
#include <array>

#include "components/linux/core/frames.hpp"
#include "components/linux/fs/inode_file.hpp"
#include "components/linux/fs/notify.hpp"
#include "components/linux/fs/syscall_support.hpp"

namespace tessera::lx {
namespace {

void notify_copied(const File& in, const File& out, std::uint64_t bytes) {
  if (bytes == 0) return;
  notify(in, kNotifyAccess);
  notify(out, kNotifyModify);
}

// Copies until the source ends or an error, which counts only when nothing was
// copied. What a short write left is tried again: a file at its limit sends the
// signal for it.
Result<std::int64_t> copy_between(File& in, std::uint64_t& from, File& out, std::uint64_t& to, std::uint64_t count) {
  [[clang::uninitialized]] std::array<std::byte, kPageBytes> buffer;
  std::uint64_t done = 0;
  while (done < count) {
    // Page by page of the source.
    std::size_t length = static_cast<std::size_t>(
        std::min<std::uint64_t>(count - done, kPageBytes - from % kPageBytes));
    std::uint64_t read_position = from;
    IoBuffer reader = IoBuffer::local(std::span<std::byte>(buffer).first(length));
    auto read = in.read(reader, read_position);
    if (!read || *read == 0) {
      if (!read && done == 0) return fail(read.error());
      break;
    }
    auto left = std::span<const std::byte>(buffer).first(*read);
    while (!left.empty()) {
      IoBuffer writer = IoBuffer::local(left);
      auto written = out.write(writer, to);
      if (!written && done == 0) return fail(written.error());
      if (!written || *written == 0) {
        notify_copied(in, out, done);
        return static_cast<std::int64_t>(done);
      }
      left = left.subspan(*written);
      from += *written;
      done += *written;
    }
  }
  notify_copied(in, out, done);
  return static_cast<std::int64_t>(done);
}

bool regular(const File& file) {
  Ref<Inode> inode = file.inode();
  return inode && inode->type() == kRegular;
}

}  // namespace

Result<std::int64_t> sys_sendfile(const Arguments& a) {
  Ref<File> out = TRY(file_at(a[0]));
  Ref<File> in = TRY(file_at(a[1]));
  if (!in->readable() || !out->writable()) return fail(Errno::ebadf);
  std::uint64_t position = a[2] != 0 ? TRY(read_guest<std::uint64_t>(a[2])) : in->position;
  if (static_cast<std::int64_t>(position) < 0) return fail(Errno::einval);
  if (a[2] != 0 && !in->seekable()) return fail(Errno::espipe);
  if (!regular(*in) || out->appending()) return fail(Errno::einval);
  std::uint64_t count = std::min(a[3], IoRanges::kMostBytes);
  auto done = copy_between(*in, position, *out, out->position, count);
  if (!done) return done;
  if (a[2] != 0)
    TRY(write_guest(a[2], position));
  else
    in->position = position;
  return done;
}

Result<std::int64_t> sys_copy_file_range(const Arguments& a) {
  Ref<File> in = TRY(file_at(a[0]));
  Ref<File> out = TRY(file_at(a[2]));
  if (a[5] != 0) return fail(Errno::einval);
  if (!in->readable() || !out->writable() || out->appending()) return fail(Errno::ebadf);
  Ref<Inode> source = in->inode(), target = out->inode();
  if (source->directory() || target->directory()) return fail(Errno::eisdir);
  if (!regular(*in) || !regular(*out)) return fail(Errno::einval);
  if (&source->file_system() != &target->file_system()) return fail(Errno::exdev);
  std::uint64_t from = a[1] != 0 ? TRY(read_guest<std::uint64_t>(a[1])) : in->position;
  std::uint64_t to = a[3] != 0 ? TRY(read_guest<std::uint64_t>(a[3])) : out->position;
  std::uint64_t count = std::min(a[4], IoRanges::kMostBytes);
  if (static_cast<std::int64_t>(from) < 0 || static_cast<std::int64_t>(to) < 0) return fail(Errno::einval);
  count = std::min(count, source->attributes.size > from ? source->attributes.size - from : 0);
  count = std::min(count, TRY(room_to_grow(to)));
  if (source == target && from < to + count && to < from + count) return fail(Errno::einval);
  auto done = copy_between(*in, from, *out, to, count);
  if (!done) return done;
  if (a[1] != 0)
    TRY(write_guest(a[1], from));
  else
    in->position = from;
  if (a[3] != 0)
    TRY(write_guest(a[3], to));
  else
    out->position = to;
  return done;
}

}  // namespace tessera::lx
