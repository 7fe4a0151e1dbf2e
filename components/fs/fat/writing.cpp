// SPDX-License-Identifier: Apache-2.0
// Changing files and attributes, and making it durable.
#include <algorithm>

#include "components/fs/fat/commit.hpp"
#include "components/fs/fat/file_data.hpp"
#include "components/fs/fat/instance.hpp"
#include "components/fs/pieces.hpp"

namespace tessera::fs::fat {

namespace {

using Mode = VolumeLock::Mode;

Stamp written_at(Time now) {
  Stamp stamp = to_stamp(now);
  stamp.hundredths = 0;
  return stamp;
}

struct WriteRequest {
  std::uint64_t offset = 0, bytes = 0;
  BlockDevice::Pieces from;
  std::uint64_t size = 0;  // of the file afterwards, at least
  Time now;
  [[nodiscard]] std::uint64_t end() const { return offset + bytes; }
};

// Data goes where the file has clusters: others may do so, and read, at the same time. False: it has to be done otherwise.
Io<bool> write_over(Volume& volume, Node& node, const WriteRequest& request) {
  const std::uint32_t sector = volume.device.facts().sector_bytes;
  const bool ready = !volume.read_only && (volume.marked || volume.was_dirty) && volume.sectors.changed() <= volume.sectors.size() / 3;
  if (!ready || request.offset >= node.entry.size || std::min(request.size, request.end()) > node.entry.size) co_return false;
  const std::uint64_t end = std::min(request.end(), (node.entry.size + std::uint64_t{sector} - 1) / sector * sector);
  std::vector<std::span<std::byte>> pieces;
  slice(request.from, 0, end - request.offset, pieces);
  Result<void> done = co_await overwrite(volume, node, {.from = request.offset, .to = end, .pieces = pieces});
  if (done) {
    Entry next = node.entry;
    next.written = written_at(request.now);
    next.attributes |= entry::kArchive;
    done = co_await change_entry(volume, node, next);
  }
  if (!done) co_return fail(done.error());
  co_return true;
}

Io<> write_growing(Volume& volume, Node& node, const WriteRequest& request) {
  const std::uint32_t sector = volume.device.facts().sector_bytes;
  const Stamp written = written_at(request.now);
  if (const Result<void> begun = co_await begin_change(volume); !begun) co_return begun;
  const std::uint64_t size = std::max<std::uint64_t>(node.entry.size, std::min(request.size, request.end()));
  if (request.offset > node.entry.size) {
    if (const Result<void> done = co_await grow(volume, node, std::min(request.offset, size), written); !done) co_return done;
  }
  const std::uint64_t end = std::min(request.end(), (size + sector - 1) / sector * sector), step = step_bytes(volume);
  for (std::uint64_t at = request.offset; at < end;) {
    const std::uint64_t to = std::min(end, (at / step + 1) * step);
    std::vector<std::span<std::byte>> pieces;
    slice(request.from, at - request.offset, to - at, pieces);
    const Result<void> done = co_await extend(volume, node, {.from = at, .to = to, .pieces = pieces}, std::min(size, to), written);
    if (!done) co_return done;
    at = to;
  }
  co_return Result<void>();
}

// Linux' rule: of reading and executing all must stay as it is, of writing all or nothing; other modes change nothing.
std::uint8_t attributes_for(const Entry& of, std::uint32_t mode) {
  const std::uint32_t writing = mode & 0222;
  if (of.directory() || (mode & 0555) != 0555 || (writing != 0200 && writing != 0222 && writing != 0)) return of.attributes;
  return static_cast<std::uint8_t>(writing == 0 ? of.attributes | entry::kReadOnly : of.attributes & ~entry::kReadOnly);
}

}  // namespace

void note_failure(Volume& volume, Error error) {
  if (error == Error::corrupt) volume.read_only = true;
}

Io<> Instance::write(InodeNumber inode, std::uint64_t offset, Pieces from, std::uint64_t size, Time now) {
  Volume& volume = *volume_;
  const std::uint32_t sector = volume.device.facts().sector_bytes;
  const WriteRequest request{.offset = offset, .bytes = bytes_of(from), .from = from, .size = size, .now = now};
  if (offset % sector != 0 || request.bytes % sector != 0) co_return fail(Error::invalid);
  if (offset > kMostFileBytes || std::min(size, request.end()) > kMostFileBytes) co_return fail(Error::too_large);
  VolumeLock::Held held;
  if (const Result<void> taken = co_await held.take(volume.lock, Mode::shared); !taken) co_return taken;
  Result<NodeRef> node = co_await resolve_file(volume, inode);
  if (!node) co_return fail(node.error());
  const Result<bool> over = co_await write_over(volume, **node, request);
  if (!over || *over) co_return over ? Result<void>() : Result<void>(fail(over.error()));
  held.release();
  if (const Result<void> taken = co_await held.take(volume.lock, Mode::exclusive); !taken) co_return taken;
  node = co_await resolve_file(volume, inode);
  if (!node) co_return fail(node.error());
  const Result<void> done = co_await write_growing(volume, **node, request);
  if (!done) note_failure(volume, done.error());
  co_return done;
}

Io<> Instance::allocate(InodeNumber inode, std::uint32_t flags, std::uint64_t offset, std::uint64_t bytes, Time now) {
  Volume& volume = *volume_;
  if ((flags & ~kAllocateKeepSize) != 0) co_return fail(Error::unsupported);
  if (bytes == 0) co_return fail(Error::invalid);
  if (offset > kMostFileBytes || bytes > kMostFileBytes - offset) co_return fail(Error::too_large);
  VolumeLock::Held held;
  if (const Result<void> taken = co_await held.take(volume.lock, Mode::exclusive); !taken) co_return taken;
  const Result<NodeRef> node = co_await resolve_file(volume, inode);
  if (!node) co_return fail(node.error());
  if (const Result<void> begun = co_await begin_change(volume); !begun) co_return begun;
  if (offset + bytes <= (*node)->entry.size) co_return Result<void>();
  // Clusters behind the end of a file are an error to those who check volumes.
  if (flags != 0) co_return fail(Error::unsupported);
  const Result<void> done = co_await grow(volume, **node, offset + bytes, written_at(now));
  if (!done) note_failure(volume, done.error());
  co_return done;
}

Io<Attributes> Instance::change_attributes(InodeNumber inode, const AttributeChange& change) {
  Volume& volume = *volume_;
  using Which = AttributeChange;
  VolumeLock::Held held;
  if (const Result<void> taken = co_await held.take(volume.lock, Mode::exclusive); !taken) co_return fail(taken.error());
  const Result<NodeRef> found = co_await resolve(volume, inode);
  if (!found) co_return fail(found.error());
  Node& node = **found;
  const bool resizes = (change.which & Which::kSize) != 0;
  if (resizes && node.directory()) co_return fail(Error::is_directory);
  if (resizes && change.to.size > kMostFileBytes) co_return fail(Error::too_large);
  Result<void> done = co_await begin_change(volume);
  if (done && resizes) {
    const Stamp written = (change.which & Which::kModified) != 0 ? written_at(change.to.modified) : node.entry.written;
    const auto size = static_cast<std::uint32_t>(change.to.size);
    if (size < node.entry.size) done = co_await shrink(volume, node, size, written);
    else done = co_await grow(volume, node, size, written);
  }
  if (done) {
    Entry next = node.entry;
    if ((change.which & Which::kMode) != 0) next.attributes = attributes_for(next, change.to.mode);
    if ((change.which & Which::kModified) != 0) next.written = written_at(change.to.modified);
    if ((change.which & Which::kAccessed) != 0) next.accessed = to_stamp(change.to.accessed).date;
    // The root has no entry to keep anything in.
    if (!node.root()) done = co_await change_entry(volume, node, next);
  }
  if (!done) {
    note_failure(volume, done.error());
    co_return fail(done.error());
  }
  co_return co_await attributes_of(volume, node);
}

Io<> Instance::keep(InodeNumber inode) {
  VolumeLock::Held held;
  if (const Result<void> taken = co_await held.take(volume_->lock, Mode::exclusive); !taken) co_return taken;
  const Result<NodeRef> node = co_await resolve(*volume_, inode);
  if (!node) co_return fail(node.error());
  ++(*node)->kept;
  co_return Result<void>();
}

Io<> Instance::let_go(InodeNumber inode) {
  VolumeLock::Held held;
  if (const Result<void> taken = co_await held.take(volume_->lock, Mode::exclusive); !taken) co_return taken;
  const Result<NodeRef> node = co_await resolve(*volume_, inode);
  if (!node) co_return fail(node.error());
  if ((*node)->kept != 0) --(*node)->kept;
  if (!(*node)->orphan || (*node)->kept != 0) co_return Result<void>();
  if (const Result<void> begun = co_await begin_change(*volume_); !begun) co_return begun;
  co_return co_await free_orphan(*volume_, *node);
}

Io<> Instance::sync(InodeNumber, bool) {
  VolumeLock::Held held;
  if (const Result<void> taken = co_await held.take(volume_->lock, Mode::exclusive); !taken) co_return taken;
  co_return co_await commit(*volume_);
}

Io<> Instance::unmount() {
  Volume& volume = *volume_;
  VolumeLock::Held held;
  if (const Result<void> taken = co_await held.take(volume.lock, Mode::exclusive); !taken) co_return taken;
  if (volume.failed) co_return fail(Error::io);
  Result<void> done;
  if (!volume.read_only) {
    std::vector<NodeRef> orphans = volume.homeless;
    for (const auto& [position, node] : volume.nodes) {
      if (node->orphan) orphans.push_back(node);
    }
    for (std::size_t i = 0; done && i < orphans.size(); ++i) {
      done = co_await begin_change(volume);
      if (done) done = co_await free_orphan(volume, orphans[i]);
    }
  }
  if (done) done = co_await commit(volume);
  // One that turned out to make no sense stays marked.
  if (done && !volume.read_only && volume.marked) done = co_await mark_clean(volume);
  volume.read_only = true;
  co_return done;
}

}  // namespace tessera::fs::fat
