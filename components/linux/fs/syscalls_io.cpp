// SPDX-License-Identifier: Apache-2.0
// read, write and their relatives; lseek.
#include <algorithm>
#include <array>

#include "components/linux/fs/notify.hpp"
#include "components/linux/fs/syscall_support.hpp"

namespace tessera::lx {
namespace {

constexpr std::uint64_t kWriteHighPriority = 1, kDataSync = 2, kSync = 4, kAppend = 16;

Result<std::int64_t> moved(const File& file, const Result<std::size_t>& count, std::uint32_t what) {
  if (!count) return fail(count.error());
  if (*count != 0) notify(file, what);
  return static_cast<std::int64_t>(*count);
}

Result<std::int64_t> read_into(File& file, IoBuffer to) {
  if (!file.readable()) return fail(Errno::ebadf);
  return moved(file, file.read(to, file.position), kNotifyAccess);
}
Result<std::int64_t> write_from(File& file, IoBuffer from) {
  if (!file.writable()) return fail(Errno::ebadf);
  return moved(file, file.write(from, file.position), kNotifyModify);
}
Result<std::int64_t> read_into_at(File& file, IoBuffer to, std::uint64_t position) {
  if (static_cast<std::int64_t>(position) < 0) return fail(Errno::einval);
  if (!file.seekable()) return fail(Errno::espipe);
  if (!file.readable()) return fail(Errno::ebadf);
  return moved(file, file.read(to, position), kNotifyAccess);
}
Result<std::int64_t> write_from_at(File& file, IoBuffer from, std::uint64_t position) {
  if (static_cast<std::int64_t>(position) < 0) return fail(Errno::einval);
  if (!file.seekable()) return fail(Errno::espipe);
  if (!file.writable()) return fail(Errno::ebadf);
  return moved(file, file.write(from, position), kNotifyModify);
}

std::array<GuestRange, 1> one_range(std::uint64_t address, std::uint64_t bytes) {
  return {GuestRange{address, std::min(bytes, IoRanges::kMostBytes)}};
}

}  // namespace

Result<std::int64_t> sys_read(const Arguments& a) {
  Ref<File> file = TRY(file_at(a[0]));
  auto range = one_range(a[1], a[2]);
  return read_into(*file, IoBuffer::guest(range, Hold::leave));
}

Result<std::int64_t> sys_write(const Arguments& a) {
  Ref<File> file = TRY(file_at(a[0]));
  auto range = one_range(a[1], a[2]);
  return write_from(*file, IoBuffer::guest(range, Hold::leave));
}

Result<std::int64_t> sys_pread64(const Arguments& a) {
  Ref<File> file = TRY(file_at(a[0]));
  auto range = one_range(a[1], a[2]);
  return read_into_at(*file, IoBuffer::guest(range, Hold::leave), a[3]);
}

Result<std::int64_t> sys_pwrite64(const Arguments& a) {
  Ref<File> file = TRY(file_at(a[0]));
  auto range = one_range(a[1], a[2]);
  return write_from_at(*file, IoBuffer::guest(range, Hold::leave), a[3]);
}

Result<std::int64_t> sys_readv(const Arguments& a) {
  Ref<File> file = TRY(file_at(a[0]));
  IoRanges ranges = TRY(IoRanges::read(a[1], a[2]));
  return read_into(*file, ranges.buffer(Hold::leave));
}

Result<std::int64_t> sys_writev(const Arguments& a) {
  Ref<File> file = TRY(file_at(a[0]));
  IoRanges ranges = TRY(IoRanges::read(a[1], a[2]));
  return write_from(*file, ranges.buffer(Hold::leave));
}

Result<std::int64_t> sys_preadv(const Arguments& a) {
  Ref<File> file = TRY(file_at(a[0]));
  IoRanges ranges = TRY(IoRanges::read(a[1], a[2]));
  return read_into_at(*file, ranges.buffer(Hold::leave), a[3]);
}

Result<std::int64_t> sys_pwritev(const Arguments& a) {
  Ref<File> file = TRY(file_at(a[0]));
  IoRanges ranges = TRY(IoRanges::read(a[1], a[2]));
  return write_from_at(*file, ranges.buffer(Hold::leave), a[3]);
}

// RWF_NOWAIT is refused as a file system without it does. Position -1: the file's own.
Result<std::int64_t> sys_preadv2(const Arguments& a) {
  if ((a[5] & ~(kWriteHighPriority | kDataSync | kSync)) != 0) return fail(Errno::eopnotsupp);
  return a[3] == ~std::uint64_t{0} ? sys_readv(a) : sys_preadv(a);
}

Result<std::int64_t> sys_pwritev2(const Arguments& a) {
  if ((a[5] & ~(kWriteHighPriority | kDataSync | kSync | kAppend)) != 0) return fail(Errno::eopnotsupp);
  Ref<File> file = TRY(file_at(a[0]));
  IoRanges ranges = TRY(IoRanges::read(a[1], a[2]));
  if ((a[5] & kAppend) == 0)
    return a[3] == ~std::uint64_t{0} ? write_from(*file, ranges.buffer(Hold::leave)) : write_from_at(*file, ranges.buffer(Hold::leave), a[3]);
  // One write at the end; the position moves only where it is the file's own.
  std::uint64_t end = file->inode() ? file->inode()->attributes.size : 0;
  auto done = write_from_at(*file, ranges.buffer(Hold::leave), end);
  if (done && a[3] == ~std::uint64_t{0}) file->position = end + static_cast<std::uint64_t>(*done);
  return done;
}

Result<std::int64_t> sys_lseek(const Arguments& a) {
  Ref<File> file = TRY(file_at(a[0]));
  std::uint64_t position = TRY(file->seek(static_cast<std::int64_t>(a[1]), int32(a[2])));
  return static_cast<std::int64_t>(position);
}

}  // namespace tessera::lx
