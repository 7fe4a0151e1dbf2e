// SPDX-License-Identifier: Apache-2.0
// The pages of files on disks that are in memory: one cache for all disks, in frames that the disks
// reach themselves, so that what a device reads is what a program maps.
//
// A page that is clean and nobody maps goes when another one needs its frame: the oldest first,
// unless it was used since it was last looked at.
#pragma once

#include <cstdint>
#include <vector>

#include "components/linux/core/frames.hpp"

namespace tessera::lx {

class DiskFile;

class PageCache {
 public:
  // A frame for a page of a file, contents undefined, with the cache's reference; nobody finds it before
  // the file enters it. Clean. ENOMEM: every page is dirty, mapped or under way.
  Result<Frame> take(DiskFile& file, std::uint64_t index);
  // The file has given it up, and the cache's reference goes.
  void drop(Frame frame);

  void used(Frame frame) { page(frame).used = true; }
  // False: it was already.
  bool make_dirty(Frame frame);
  void make_clean(Frame frame);
  [[nodiscard]] bool dirty(Frame frame) const { return page(frame).dirty; }
  // It has, as far as is known, a place on the disk.
  [[nodiscard]] bool placed(Frame frame) const { return page(frame).placed; }
  void set_placed(Frame frame, bool placed) { page(frame).placed = placed; }
  // When the server was last told of it, as its file counts; 0: never.
  [[nodiscard]] std::uint32_t told_in(Frame frame) const { return page(frame).told_in; }
  void set_told_in(Frame frame, std::uint32_t epoch) { page(frame).told_in = epoch; }

  [[nodiscard]] std::uint64_t cached() const { return cached_; }
  [[nodiscard]] std::uint64_t dirty_pages() const { return dirty_; }
  // More than this should not be dirty at a time.
  [[nodiscard]] std::uint64_t most_dirty() const { return disk_frame_count() / 3; }

 private:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  struct Page {
    DiskFile* file = nullptr;
    std::uint64_t index = 0;
    std::uint32_t newer = kNone, older = kNone;
    bool dirty = false, used = false, placed = false;
    std::uint32_t told_in = 0;
  };
  [[nodiscard]] Page& page(Frame frame) { return pages_[disk_frame_number(frame)]; }
  [[nodiscard]] const Page& page(Frame frame) const { return pages_[disk_frame_number(frame)]; }
  void link(std::uint32_t number);
  void unlink(std::uint32_t number);
  // Gives up one that can go. False: none can.
  bool evict();

  std::vector<Page> pages_;  // one a frame of the disks
  std::uint32_t newest_ = kNone, oldest_ = kNone;
  std::uint64_t cached_ = 0, dirty_ = 0;
};

PageCache& page_cache();

}  // namespace tessera::lx
