// SPDX-License-Identifier: Apache-2.0
// Frames: the 4 KiB pages that guests' memory, the page cache and the heap are
// made of. Frame numbers are dense: first the pool (the component's own memory,
// readable and writable), then the pages of the memory that disks share, then those of
// the bundle's root data (read-only, never freed, not counted).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "components/linux/core/errno.hpp"

namespace tessera::lx {

inline constexpr std::size_t kPageBytes = 4096;

enum class Frame : std::uint32_t { none = 0xffff'ffff };

// One reference, contents undefined / zero. ENOMEM when only the heap's reserve is left.
Result<Frame> allocate_frame();
Result<Frame> allocate_zeroed_frame();
// As many as there are; how many.
std::size_t allocate_frames(std::span<Frame> frames);
// One that disks can reach, for the contents of their files. ENOMEM: all are in use.
Result<Frame> allocate_disk_frame();
// Where it lies in the memory that disks share, in bytes.
std::uint64_t disk_frame_offset(Frame frame);
// From 0 on, dense: for what is kept of each.
std::uint32_t disk_frame_number(Frame frame);
Frame disk_frame(std::uint32_t frame_number);
std::uint32_t disk_frame_count();
void retain_frame(Frame frame);
void release_frame(Frame frame);
// Releases many: those that nobody uses any more are free all at once, when it goes.
class ReleasedFrames {
 public:
  ReleasedFrames() = default;
  ~ReleasedFrames();
  ReleasedFrames(const ReleasedFrames&) = delete;
  ReleasedFrames& operator=(const ReleasedFrames&) = delete;
  void add(Frame frame);

 private:
  std::uint32_t first_ = 0, last_ = 0, count_ = 0;
};
// 1 when the caller's reference is the only one; a bundle frame is never 1.
std::uint32_t frame_references(Frame frame);
bool frame_is_read_only(Frame frame);  // of the bundle
// The page as the personality sees it. A bundle frame must not be written to.
std::span<std::byte, kPageBytes> frame_bytes(Frame frame);
// The frame that holds the page of the root data at this page-aligned offset.
Result<Frame> bundle_frame(std::uint64_t offset);

struct FrameCounts {
  std::uint64_t total = 0, free = 0;
  std::uint64_t root = 0;  // of the root file system as it came, not among the total
};
FrameCounts frame_counts();
bool frames_free(std::uint32_t at_least);  // costs less than counting

}  // namespace tessera::lx
