// SPDX-License-Identifier: Apache-2.0
// Adding and removing areas, and the heap's break.
#include <algorithm>
#include <utility>
#include <vector>

#include "components/linux/core/big_lock.hpp"
#include "components/linux/memory/address_space.hpp"

namespace tessera::lx {

namespace {
// Passing over a hole costs the nucleus a scan of its tables, another call about
// as much: from so many pages on, the call is cheaper.
constexpr std::uint64_t kUnmapGap = 512;
}  // namespace

std::size_t most_areas() {
  return static_cast<std::size_t>(std::clamp<std::uint64_t>(frame_counts().total / 4, 256, kMostAreas));
}

Result<Ref<AddressSpace>> AddressSpace::make() {
  GuestSpace* const view = TRY(GuestSpace::take());
  return Ref<AddressSpace>(new AddressSpace(view));
}

void AddressSpace::set_executable(Path path) {
  if (path) ++path.inode().executions;
  if (executable_) --executable_.inode().executions;
  executable_ = std::move(path);
}

AddressSpace::~AddressSpace() {
  set_executable({});
  if (view_ != nullptr) release_pages();
  copying_.retire();
  faulting_.retire();
}

void AddressSpace::empty() { release_pages(); }

void AddressSpace::release_pages() {
  // The page table first: a frame must not be reused while a table names it.
  pages_.for_each_stretch(0, kGuestLimit / kPageBytes, kUnmapGap,
                          [this](PageNumber first, std::uint64_t pages) { view_->unmap_tables(first, pages); });
  std::exchange(view_, nullptr)->give_back();
  ReleasedFrames released;
  pages_.remove_range(0, kGuestLimit / kPageBytes, [&](PageNumber, PageEntry entry) { released.add(entry.frame()); });
}

bool never_fits(const Area& area, std::uint64_t bytes) {
  const FrameCounts frames = frame_counts();
  // Linux would have the root file system's pages cached, and gives cached pages up.
  return !area.shared && !area.no_reserve && (area.protection & kProtWrite) != 0 &&
         bytes / kPageBytes > frames.total + frames.root;
}

bool AddressSpace::may_add_data(std::uint64_t more, std::uint64_t replaced) const {
  if (data_limit == ~std::uint64_t{0}) return true;
  const std::uint64_t data = areas_.bytes_of(0, kGuestLimit, [](const Area& area) { return area.is_data(); });
  return more <= data_limit && data - replaced <= data_limit - more;
}

bool AddressSpace::may_add(const Area& like, std::uint64_t more, std::uint64_t replaced_start,
                           std::uint64_t replaced_end) const {
  if (never_fits(like, more)) return false;
  const auto in_range = [&](auto counts) { return areas_.bytes_of(replaced_start, replaced_end, counts); };
  const std::uint64_t replaced = in_range([](const Area&) { return true; });
  if (more > address_limit || areas_.total_bytes() - replaced > address_limit - more) return false;
  if (!like.is_data()) return true;
  return may_add_data(more, in_range([](const Area& area) { return area.is_data(); }));
}

void AddressSpace::drop_pages(std::uint64_t start, std::uint64_t end) {
  await_copy();
  drop_pages_now(start, end);
}

void AddressSpace::drop_own_pages(std::uint64_t start, std::uint64_t end) {
  constexpr std::uint64_t kMany = 64 * kPageBytes;  // fewer are gone before the lock could be had again
  await_copy();
  if (references() > 1 || end - start < kMany) return drop_pages_now(start, end);
  const OutsideBigLock outside(&copying_);
  drop_pages_now(start, end);
}

void AddressSpace::drop_pages_now(std::uint64_t start, std::uint64_t end) {
  if (start >= end || pages_.count() == 0) return;
  pages_.for_each_stretch(start / kPageBytes, end / kPageBytes, kUnmapGap,
                          [this](PageNumber first, std::uint64_t pages) { view_->unmap(first, pages); });
  ReleasedFrames released;
  pages_.remove_range(start / kPageBytes, end / kPageBytes,
                      [&](PageNumber, PageEntry entry) { released.add(entry.frame()); });
}

void AddressSpace::drop_file_pages(std::uint64_t start, std::uint64_t end) {
  await_copy();
  std::vector<PageNumber> pages;
  pages_.for_each(start / kPageBytes, end / kPageBytes, [&](PageNumber page, const PageEntry& entry) {
    if (entry.of_file()) pages.push_back(page);
  });
  for (const PageNumber page : pages) drop_pages(page * kPageBytes, (page + 1) * kPageBytes);
}

Result<std::uint64_t> AddressSpace::find_room(std::uint64_t bytes, std::uint64_t hint) const {
  await_copy();
  if (hint >= kLowestAddress && hint < kGuestLimit && bytes <= kGuestLimit - hint && areas_.free(hint, hint + bytes))
    return hint;
  std::uint64_t found = areas_.find_gap(bytes, kLowestAddress, mmap_top, kStackGuard);
  if (found == 0) found = areas_.find_gap(bytes, kLowestAddress, kGuestLimit, kStackGuard);
  if (found == 0) return fail(Errno::enomem);
  return found;
}

Result<void> AddressSpace::map(Area area) {
  await_copy();
  if (areas_.size() + 2 > most_areas()) return fail(Errno::enomem);
  const std::uint64_t start = area.start;
  const std::uint64_t end = area.end;
  const bool free = areas_.free(start, end);
  if (!may_add(area, end - start, free ? 0 : start, free ? 0 : end)) return fail(Errno::enomem);
  if (!free) {
    drop_pages(start, end);
    areas_.remove(start, end);
  }
  areas_.insert(std::move(area));
  return {};
}

Result<void> AddressSpace::unmap(std::uint64_t start, std::uint64_t bytes) {
  await_copy();
  const std::uint64_t end = start + bytes;
  if (areas_.free(start, end)) return {};
  // Cutting an area in two needs one more.
  if (areas_.size() + 1 > most_areas()) return fail(Errno::enomem);
  drop_own_pages(start, end);
  areas_.remove(start, end);
  return {};
}

std::uint64_t AddressSpace::set_break(std::uint64_t address) {
  await_copy();
  if (address < break_start || address >= kGuestLimit) return break_end;
  const std::uint64_t data = data_end - data_start;
  if (address - break_start > data_limit || data > data_limit - (address - break_start)) return break_end;
  const std::uint64_t old_top = page_up(break_end);
  const std::uint64_t new_top = page_up(address);
  if (new_top < old_top) {
    if (!unmap(new_top, old_top - new_top)) return break_end;
  } else if (new_top > old_top) {
    if (!areas_.free(old_top, new_top)) return break_end;
    if (future_lock != PageLock::none && !may_lock(new_top - old_top)) return break_end;
    // A stack right above must keep its guard.
    const Area* const above = areas_.at_or_after(new_top);
    if (above != nullptr && above->grows_down && above->start < new_top + kStackGuard) return break_end;
    Area area;
    area.start = old_top;
    area.end = new_top;
    area.protection = kProtRead | kProtWrite;
    area.kind = AreaKind::heap;
    mark_locked(area, future_lock);
    if (!map(std::move(area))) return break_end;
    if (future_lock == PageLock::now) (void)populate(old_top, new_top - old_top);
  }
  break_end = address;
  return break_end;
}

bool AddressSpace::populate(std::uint64_t start, std::uint64_t bytes) {
  await_copy();
  for (std::uint64_t at = start; at < start + bytes; at += kPageBytes) {
    if (pages_.get(at / kPageBytes).valid()) continue;
    const Area* const area = areas_.find(at);
    if (area == nullptr) return false;
    const bool write = (area->protection & kProtWrite) != 0 && !area->shared;
    if (!fault(at, write ? Access::write : Access::read)) return false;
  }
  return true;
}

}  // namespace tessera::lx
