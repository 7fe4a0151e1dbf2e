// SPDX-License-Identifier: Apache-2.0
// One word a frame: its reference count, or, while it is free, the next free one
// (frame_store). Who has a reference may count without a lock.
// Fresh frames are not zero either: firmware may have left something there.
#include "components/linux/core/frames.hpp"

#include <algorithm>
#include <array>
#include <atomic>

#include "components/linux/core/frame_pool.hpp"
#include "components/linux/core/frame_store.hpp"
#include "components/linux/core/page_copy.hpp"
#include "lib/rt/mutex.hpp"
#include "lib/rt/raw_memory.hpp"

namespace tessera::lx {

namespace {

struct Pool {
  std::array<PoolRegion, kMostRegions> regions{};
  std::size_t region_count = 0;
  std::uint32_t total = 0;    // frames of the pool
  std::uint32_t reserve = 0;  // kept for the heap
  std::span<std::uint32_t> counts;
  PoolRegion disk;
  std::uint64_t disk_address = 0;
  PoolRegion bundle;
  std::uint64_t bundle_address = 0;
};
constinit Pool pool;

std::atomic_ref<std::uint32_t> count_of(std::uint32_t n) { return std::atomic_ref(pool.counts[n]); }

std::uint32_t number(Frame frame) { return static_cast<std::uint32_t>(frame); }

// Free frames of the disks' memory, linked as those of the store are.
struct DiskFrames {
  rt::Mutex lock;
  std::uint32_t first GUARDED_BY(lock) = kNoFrame;
};
constinit DiskFrames disk_frames;

void put_disk_frame(std::uint32_t n) {
  const rt::LockGuard guard(disk_frames.lock);
  pool.counts[n] = disk_frames.first;
  disk_frames.first = n;
}

bool counted(std::uint32_t n) { return n < pool.counts.size(); }

std::uint64_t frame_address(Frame frame) {
  const std::uint32_t n = number(frame);
  if (n < pool.total) return kPoolWindow + std::uint64_t{n} * kPageBytes;
  if (counted(n)) return pool.disk_address + std::uint64_t{n - pool.disk.first} * kPageBytes;
  return pool.bundle_address + std::uint64_t{n - pool.bundle.first} * kPageBytes;
}

const PoolRegion& region_of(Frame frame) {
  const std::uint32_t n = number(frame);
  if (n >= pool.total) return counted(n) ? pool.disk : pool.bundle;
  // The largest region comes first: mostly one or two steps.
  std::size_t i = 0;
  while (n - pool.regions[i].first >= pool.regions[i].count) ++i;
  return pool.regions[i];
}

}  // namespace

bool add_pool_region(const PoolRegion& region) {
  if (pool.region_count == kMostRegions) return false;
  PoolRegion& place = pool.regions[pool.region_count++];
  place = region;
  place.first = pool.total;
  pool.total += region.count;
  return true;
}

std::uint64_t pool_end() { return kPoolWindow + std::uint64_t{pool.total} * kPageBytes; }

void set_disk_region(const PoolRegion& region, std::uint64_t address) {
  pool.disk = region;
  pool.disk_address = address;
}

bool set_bundle_region(const PoolRegion& region, std::uint64_t address) {
  pool.bundle = region;
  pool.bundle_address = address;
  return true;
}

Result<void> open_frame_pool() {
  const std::uint32_t all = pool.total + pool.disk.count;
  const std::uint64_t bytes = std::uint64_t{all} * sizeof(std::uint32_t);
  const auto pages = static_cast<std::uint32_t>((bytes + kPageBytes - 1) / kPageBytes);
  if (pool.total < 512 || pages >= pool.total) return fail(Errno::enomem);
  pool.disk.first = pool.total;
  pool.bundle.first = all;
  pool.counts = rt::span_at<std::uint32_t>(kPoolWindow, all);
  for (std::uint32_t n = 0; n < pages; ++n) pool.counts[n] = 1;
  open_frame_store(pool.counts.first(pool.total), pages);
  for (std::uint32_t n = all; n-- > pool.total;) put_disk_frame(n);
  pool.reserve = std::clamp<std::uint32_t>(pool.total / 32, 96, 8192);
  return {};
}

std::size_t allocate_frames(std::span<Frame> frames) { return take_free(frames, pool.reserve); }

Result<Frame> allocate_frame() {
  Frame frame = Frame::none;
  if (allocate_frames(std::span(&frame, 1)) == 0) [[unlikely]] return fail(Errno::enomem);
  return frame;
}

Result<Frame> allocate_zeroed_frame() {
  const Frame frame = TRY(allocate_frame());
  clear_frame(frame);
  return frame;
}

Result<Frame> allocate_reserved_frame() {
  Frame frame = Frame::none;
  if (take_free(std::span(&frame, 1), 0) == 0) [[unlikely]] return fail(Errno::enomem);
  return frame;
}

Result<Frame> allocate_disk_frame() {
  const rt::LockGuard guard(disk_frames.lock);
  const std::uint32_t n = disk_frames.first;
  if (n == kNoFrame) return fail(Errno::enomem);
  disk_frames.first = pool.counts[n];
  pool.counts[n] = 1;
  return static_cast<Frame>(n);
}

std::uint32_t disk_frame_number(Frame frame) { return number(frame) - pool.disk.first; }
Frame disk_frame(std::uint32_t frame_number) { return static_cast<Frame>(pool.disk.first + frame_number); }
std::uint64_t disk_frame_offset(Frame frame) { return std::uint64_t{disk_frame_number(frame)} * kPageBytes; }
std::uint32_t disk_frame_count() { return pool.disk.count; }

void retain_frame(Frame frame) {
  if (!counted(number(frame))) return;
  count_of(number(frame)).fetch_add(1, std::memory_order_relaxed);
}

// Whether nobody uses it any more. The last one sees what the others did to the page before they let it go.
static bool give_up(std::uint32_t n) {
  if (!counted(n)) return false;
  const std::atomic_ref<std::uint32_t> count = count_of(n);
  return count.load(std::memory_order_acquire) == 1 || count.fetch_sub(1, std::memory_order_acq_rel) == 1;
}

void release_frame(Frame frame) {
  const std::uint32_t n = number(frame);
  if (!give_up(n)) return;
  if (n < pool.total) put_free(n, n, 1);
  else put_disk_frame(n);
}

void ReleasedFrames::add(Frame frame) {
  const std::uint32_t n = number(frame);
  if (!give_up(n)) return;
  if (n >= pool.total) return put_disk_frame(n);
  if (count_++ == 0) last_ = n;
  else pool.counts[n] = first_;
  first_ = n;
}

ReleasedFrames::~ReleasedFrames() {
  if (count_ != 0) put_free(first_, last_, count_);
}

std::uint32_t frame_references(Frame frame) {
  if (!counted(number(frame))) return ~std::uint32_t{0};
  return count_of(number(frame)).load(std::memory_order_acquire);
}

bool frame_is_read_only(Frame frame) { return !counted(number(frame)); }

std::span<std::byte, kPageBytes> frame_bytes(Frame frame) {
  return rt::bytes_at(frame_address(frame), kPageBytes).first<kPageBytes>();
}

Result<Frame> bundle_frame(std::uint64_t offset) {
  const std::uint64_t page = offset / kPageBytes;
  if (offset % kPageBytes != 0 || page >= pool.bundle.count) return fail(Errno::eio);
  return static_cast<Frame>(pool.bundle.first + static_cast<std::uint32_t>(page));
}

bool frames_free(std::uint32_t at_least) { return has_free_frames(at_least); }
bool frame_reserve_low() { return free_frames() < pool.reserve - pool.reserve / 4; }

FrameCounts frame_counts() { return {.total = pool.total, .free = free_frames(), .root = pool.bundle.count}; }

std::uint64_t frame_map_entry(Frame frame) {
  const PoolRegion& region = region_of(frame);
  return region.attachment << 48 | (region.offset + std::uint64_t{number(frame) - region.first} * kPageBytes);
}

FrameLocation frame_location(Frame frame) {
  const PoolRegion& region = region_of(frame);
  return {.memory = region.memory,
          .offset = region.offset + std::uint64_t{number(frame) - region.first} * kPageBytes};
}

}  // namespace tessera::lx
