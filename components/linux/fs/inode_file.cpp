// SPDX-License-Identifier: Apache-2.0
// Open regular files and directories.
#include "components/linux/fs/inode_file.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "components/linux/core/guest_memory.hpp"
#include "components/linux/fs/file_system.hpp"
#include "components/linux/fs/mount.hpp"
#include "components/linux/process/contract.hpp"

namespace tessera::lx {
namespace {

constexpr std::uint64_t kMostBytes = std::numeric_limits<std::int64_t>::max();
constexpr std::uint32_t kFionread = 0x541B;
constexpr int kSigXfsz = 25;
constexpr unsigned kLimitFileSize = 1;
constexpr int kSeekSet = 0, kSeekCurrent = 1, kSeekEnd = 2, kSeekData = 3, kSeekHole = 4;

}  // namespace

Result<std::uint64_t> room_to_grow(std::uint64_t position) {
  const std::uint64_t limit = current_limit(kLimitFileSize);
  if (position < limit) return limit - position;
  signal_current(kSigXfsz);
  return fail(Errno::efbig);
}

Result<void> check_new_size(const Inode& inode, std::uint64_t size) {
  if (size <= inode.attributes.size || size <= current_limit(kLimitFileSize)) return {};
  signal_current(kSigXfsz);
  return fail(Errno::efbig);
}

Result<std::uint64_t> seek_position(std::uint64_t current, std::uint64_t end, std::int64_t offset, int whence) {
  std::uint64_t base = 0;
  switch (whence) {
    case kSeekSet: break;
    case kSeekCurrent: base = current; break;
    case kSeekEnd: base = end; break;
    default: return fail(Errno::einval);
  }
  std::int64_t sum = 0;
  if (__builtin_add_overflow(static_cast<std::int64_t>(base), offset, &sum)) return fail(Errno::eoverflow);
  if (sum < 0) return fail(Errno::einval);
  return static_cast<std::uint64_t>(sum);
}

void touch_accessed(Inode& inode, const File& file) {
  if ((file.flags() & kOpenNoAccessTime) != 0) return;
  Attributes& attributes = inode.attributes;
  constexpr std::int64_t kDay = 24 * 60 * 60;
  Timespec now = current_time();
  if (attributes.accessed > attributes.modified && attributes.accessed > attributes.changed &&
      now.seconds - attributes.accessed.seconds < kDay)
    return;
  if (file.path.mount && (file.path.mount->flags & (kMountReadOnly | kMountNoAccessTime)) != 0) return;
  attributes.accessed = now;
  inode.attributes_changed();
}

void touch_modified(Inode& inode) {
  inode.attributes.modified = inode.attributes.changed = current_time();
  inode.attributes_changed();
}

void drop_set_id(Inode& inode) {
  std::uint32_t& mode = inode.attributes.mode;
  if ((mode & (kSetUid | kSetGid)) == 0 || current_credentials().fsuid == 0) return;
  mode &= ~kSetUid;
  if ((mode & 010) != 0) mode &= ~kSetGid;
  inode.attributes_changed();
}

RegularFile::RegularFile(Ref<Inode> inode, std::uint32_t flags) : File(flags), inode_(std::move(inode)), on_disk_(inode_->direct()) {
  if (writable()) ++inode_->writers;
  else ++inode_->readers;
}
RegularFile::~RegularFile() {
  if (writable()) --inode_->writers;
  else --inode_->readers;
}

bool RegularFile::past_cache() const { return (flags() & kOpenDirect) != 0; }

void RegularFile::prepare(const IoBuffer& buffer, std::uint64_t at, bool write) {
  if (buffer.hold() == Hold::keep) return;
  if (write) inode_->prepare_write(at, buffer.remaining());
  else inode_->prepare_read(at, buffer.remaining());
}

Result<std::size_t> RegularFile::read(IoBuffer& to, std::uint64_t& at) {
  std::size_t wanted = to.remaining();
  if (on_disk_) {
    if (past_cache()) return read_direct(to, at);
    prepare(to, at, false);
  }
  std::size_t done = TRY(inode_->read_at(to, at));
  at += done;
  if (wanted != 0) touch_accessed(*inode_, *this);
  return done;
}

Result<std::size_t> RegularFile::write(IoBuffer& from, std::uint64_t& at) {
  if (from.remaining() == 0) return 0U;
  if (on_disk_) {
    if (past_cache()) return write_direct(from, at);
    prepare(from, appending() ? inode_->attributes.size : at, true);
  }
  if (appending()) at = inode_->attributes.size;
  if (at >= kMostBytes) return fail(Errno::efbig);
  from.limit(TRY(room_to_grow(at)));
  drop_set_id(*inode_);
  std::size_t done = TRY(inode_->write_at(from, at));
  at += done;
  if ((flags() & kOpenDataSync) != 0) TRY(inode_->sync((flags() & kOpenSync) != kOpenSync, from.hold()));
  return done;
}

Result<std::size_t> RegularFile::read_direct(IoBuffer& to, std::uint64_t& at) {
  // Another thread that reads on gets what is behind.
  const std::uint64_t from = at, size = inode_->attributes.size;
  const std::uint64_t expected = size > from ? std::min<std::uint64_t>(to.remaining(), size - from) : 0;
  at += expected;
  const auto done = inode_->read_direct(to, from);
  at -= expected - done.value_or(0);
  if (!done) return done;
  touch_accessed(*inode_, *this);
  return done;
}

Result<std::size_t> RegularFile::write_direct(IoBuffer& from, std::uint64_t& at) {
  const std::uint64_t to = appending() ? inode_->attributes.size : at;
  if (to >= kMostBytes) return fail(Errno::efbig);
  from.limit(TRY(room_to_grow(to)));
  drop_set_id(*inode_);
  const std::size_t done = TRY(inode_->write_direct(from, to));
  at = to + done;
  if ((flags() & kOpenDataSync) != 0) TRY(inode_->sync((flags() & kOpenSync) != kOpenSync, from.hold()));
  return done;
}

Result<std::uint64_t> RegularFile::seek(std::int64_t offset, int whence) {
  if (whence == kSeekData || whence == kSeekHole) {
    if (offset < 0) return fail(Errno::enxio);
    position = TRY(inode_->seek_data(static_cast<std::uint64_t>(offset), whence == kSeekHole));
    return position;
  }
  inode_->refresh();
  position = TRY(seek_position(position, inode_->attributes.size, offset, whence));
  return position;
}

Result<std::int64_t> RegularFile::ioctl(std::uint32_t request, std::uint64_t argument) {
  if (request != kFionread) return fail(Errno::enotty);
  std::uint64_t size = inode_->attributes.size;
  TRY(write_guest(argument, static_cast<std::int32_t>(size > position ? size - position : 0)));
  return 0;
}

Result<std::size_t> DirectoryFile::read(IoBuffer&, std::uint64_t&) { return fail(Errno::eisdir); }

Result<std::uint64_t> DirectoryFile::seek(std::int64_t offset, int whence) {
  position = TRY(seek_position(position, std::numeric_limits<std::int64_t>::max(), offset, whence));
  return position;
}

Result<void> DirectoryFile::read_directory(DirectorySink& sink) {
  if (path && path.node->deleted()) return fail(Errno::enoent);
  if (position == 0) {
    if (!sink.add({".", inode_->number(), kDirectory, 1})) return {};
    position = 1;
  }
  if (position == 1) {
    const PathNode* up = path && path.node->parent() != nullptr ? path.node->parent() : nullptr;
    if (path && path.mount && path.node == path.mount->root && path.mount->parent)
      up = path.mount->point->parent() != nullptr ? path.mount->point->parent() : path.mount->point.get();
    if (!sink.add({"..", up != nullptr ? up->inode().number() : inode_->number(), kDirectory, 2})) return {};
    position = kFirstDirectoryPosition;
  }
  touch_accessed(*inode_, *this);
  return inode_->read_directory(position, sink);
}

}  // namespace tessera::lx
