// SPDX-License-Identifier: Apache-2.0
// mremap: growing, shrinking and moving an area with its pages.
#include <algorithm>
#include <vector>

#include "components/linux/memory/address_space.hpp"

namespace tessera::lx {

namespace {
constexpr std::uint32_t kMayMove = 1, kFixed = 2, kDontUnmap = 4;
}

Result<std::uint64_t> AddressSpace::remap(std::uint64_t old_start, std::uint64_t old_bytes, std::uint64_t new_bytes,
                                          std::uint32_t flags, std::uint64_t new_start) {
  await_copy();
  if ((flags & ~(kMayMove | kFixed | kDontUnmap)) != 0) return fail(Errno::einval);
  if ((flags & (kFixed | kDontUnmap)) != 0 && (flags & kMayMove) == 0) return fail(Errno::einval);
  if ((flags & kDontUnmap) != 0 && old_bytes != new_bytes) return fail(Errno::einval);
  const bool fixed = (flags & kFixed) != 0;
  if (fixed) {
    if (new_start % kPageBytes != 0 || new_start >= kGuestLimit || new_bytes > kGuestLimit - new_start)
      return fail(Errno::einval);
    if (new_start < kLowestAddress) return fail(Errno::eperm);
    if (new_start < old_start + old_bytes && old_start < new_start + new_bytes) return fail(Errno::einval);
  }
  const Area* const found = areas_.find(old_start);
  if (found == nullptr) return fail(Errno::efault);
  if (old_bytes == 0) {
    // A second view of a shared area.
    if (!found->shared || (flags & kMayMove) == 0) return fail(Errno::einval);
  } else if (old_bytes > found->end - old_start) {
    if (!fixed && new_bytes <= old_bytes && areas_.covered(old_start, old_start + old_bytes) && new_bytes != 0) {
      TRY(unmap(old_start + new_bytes, old_bytes - new_bytes));
      return old_start;
    }
    return fail(Errno::efault);
  }
  if (areas_.size() + 3 > most_areas()) return fail(Errno::enomem);

  if (!fixed && (flags & kDontUnmap) == 0 && old_bytes != 0) {
    if (new_bytes <= old_bytes) {
      if (new_bytes < old_bytes) TRY(unmap(old_start + new_bytes, old_bytes - new_bytes));
      return old_start;
    }
    const std::uint64_t old_end = old_start + old_bytes;
    const std::uint64_t growth = new_bytes - old_bytes;
    if (old_end == found->end && growth <= kGuestLimit - old_end && areas_.free(old_end, old_end + growth)) {
      if (found->locked && !may_lock(growth)) return fail(Errno::eagain);
      if (!may_add(*found, growth)) return fail(Errno::enomem);
      const bool fill = found->locked && !found->lock_on_fault;
      Area more = *found;
      more.offset_pages = found->backing_page(old_end);
      more.start = old_end;
      more.end = old_end + growth;
      areas_.insert(std::move(more));
      if (fill) (void)populate(old_end, growth);
      return old_start;
    }
    if ((flags & kMayMove) == 0) return fail(Errno::enomem);
  }

  Area moved = *found;
  moved.offset_pages = found->backing_page(old_start);
  const bool second = old_bytes == 0 || (flags & kDontUnmap) != 0;
  const std::uint64_t growth = second ? new_bytes : new_bytes - std::min(old_bytes, new_bytes);
  if (moved.locked && !may_lock(growth)) return fail(Errno::eagain);
  if (!may_add(moved, growth)) return fail(Errno::enomem);
  const std::uint64_t target = fixed ? new_start : TRY(find_room(new_bytes, new_start));
  moved.start = target;
  moved.end = target + new_bytes;
  if (fixed) TRY(unmap(target, new_bytes));
  // Pages move with their contents; the page table of the new place fills by faults.
  const std::uint64_t carried = std::min(old_bytes, new_bytes);
  if (carried != 0) {
    std::vector<std::pair<PageNumber, PageEntry>> taken;
    pages_.remove_range(old_start / kPageBytes, (old_start + carried) / kPageBytes,
                        [&](PageNumber page, PageEntry entry) {
                          entry.forbid_write();
                          taken.emplace_back(page, entry);
                        });
    if (!taken.empty()) view_->unmap(old_start / kPageBytes, carried / kPageBytes);
    for (const auto& [page, entry] : taken)
      pages_.set(page - old_start / kPageBytes + target / kPageBytes, entry);
  }
  if (old_bytes != 0 && (flags & kDontUnmap) == 0) TRY(unmap(old_start, old_bytes));
  if (old_bytes != 0 && (flags & kDontUnmap) != 0 && moved.locked) TRY(lock(old_start, old_bytes, PageLock::none));
  const bool fill = moved.locked && !moved.lock_on_fault;
  areas_.insert(std::move(moved));
  if (fill) (void)populate(target, new_bytes);
  return target;
}

}  // namespace tessera::lx
