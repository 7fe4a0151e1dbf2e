// SPDX-License-Identifier: Apache-2.0
#include "components/linux/fs/disk/page_cache.hpp"

#include "components/linux/fs/disk/file.hpp"

namespace tessera::lx {

PageCache& page_cache() {
  // Never destroyed: files may outlive whatever would order their end.
  static auto* cache = new PageCache;
  return *cache;
}

Result<Frame> PageCache::take(DiskFile& file, std::uint64_t index) {
  if (pages_.empty()) pages_.resize(disk_frame_count());
  auto frame = allocate_disk_frame();
  while (!frame && evict()) frame = allocate_disk_frame();
  if (!frame) return fail(Errno::enomem);
  page(*frame) = Page{.file = &file, .index = index};
  link(disk_frame_number(*frame));
  ++cached_;
  return *frame;
}

void PageCache::drop(Frame frame) {
  if (page(frame).dirty) --dirty_;
  unlink(disk_frame_number(frame));
  page(frame) = Page{};
  --cached_;
  release_frame(frame);
}

bool PageCache::make_dirty(Frame frame) {
  Page& one = page(frame);
  if (one.dirty) return false;
  one.dirty = true;
  ++dirty_;
  return true;
}

void PageCache::make_clean(Frame frame) {
  Page& one = page(frame);
  if (one.dirty) --dirty_;
  one.dirty = false;
}

void PageCache::link(std::uint32_t number) {
  Page& one = pages_[number];
  one.older = newest_;
  one.newer = kNone;
  (newest_ != kNone ? pages_[newest_].newer : oldest_) = number;
  newest_ = number;
}

void PageCache::unlink(std::uint32_t number) {
  const Page& one = pages_[number];
  (one.newer != kNone ? pages_[one.newer].older : newest_) = one.older;
  (one.older != kNone ? pages_[one.older].newer : oldest_) = one.newer;
}

bool PageCache::evict() {
  // Each has its second chance, and the last one to look at may be the only one that can go.
  for (std::uint64_t looked = 0; looked < 2 * cached_; ++looked) {
    const std::uint32_t number = oldest_;
    Page& one = pages_[number];
    if (!one.dirty && !one.used && frame_references(disk_frame(number)) == 1) {
      one.file->forget_page(one.index);
      return true;
    }
    one.used = false;
    unlink(number);
    link(number);
  }
  return false;
}

}  // namespace tessera::lx
