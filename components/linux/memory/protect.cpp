// SPDX-License-Identifier: Apache-2.0
// mprotect and madvise.
#include <algorithm>

#include "components/linux/memory/address_space.hpp"

namespace tessera::lx {

namespace {

// MADV_* of Linux.
constexpr int kNormal = 0, kRandom = 1, kSequential = 2, kWillNeed = 3, kDontNeed = 4, kFree = 8, kRemove = 9,
              kDontFork = 10, kDoFork = 11, kMergeable = 12, kUnmergeable = 13, kHugePage = 14, kNoHugePage = 15,
              kDontDump = 16, kDoDump = 17, kWipeOnFork = 18, kKeepOnFork = 19, kCold = 20, kPageOut = 21,
              kPopulateRead = 22, kPopulateWrite = 23, kDontNeedLocked = 24;

}  // namespace

Result<void> AddressSpace::protect(std::uint64_t start, std::uint64_t bytes, std::uint32_t protection) {
  await_copy();
  const std::uint64_t end = start + bytes;
  // Linux changes what comes before a hole and then fails; so does this.
  std::uint64_t position = start;
  Result<void> outcome;
  if (areas_.size() + 2 > most_areas()) return fail(Errno::enomem);
  areas_.cut(start, end);
  areas_.for_each(start, end, [&](Area& area) {
    if (!outcome) return;
    if (area.start > position) {
      outcome = fail(Errno::enomem);
      return;
    }
    if ((protection & kProtWrite) != 0 && !area.may_write && area.shared) {
      outcome = fail(Errno::eacces);
      return;
    }
    if (area.protection == protection) {
      position = area.end;
      return;
    }
    Area changed = area;
    changed.protection = protection;
    if (changed.is_data() && !area.is_data()) {
      // A range that becomes the program's own data is counted from now on.
      if (never_fits(changed, area.bytes()) || !may_add_data(area.bytes(), 0)) {
        outcome = fail(Errno::enomem);
        return;
      }
    }
    position = area.end;
    area.protection = protection;
    const PageNumber first = area.start / kPageBytes;
    const PageNumber last = area.end / kPageBytes;
    // The write right comes back page by page, by faults: only they know which
    // frames this space has for itself.
    bool any = false;
    pages_.for_each(first, last, [&](PageNumber, PageEntry& entry) {
      any = true;
      entry.forbid_write();
    });
    if (any && !view_->protect(first, last - first, rights_for(protection) & ~kMapWrite))
      view_->unmap(first, last - first);  // the map has the pages still
  });
  areas_.merge(start, end);
  TRY(std::move(outcome));
  if (position < end) return fail(Errno::enomem);
  return {};
}

Result<void> AddressSpace::set_policy(std::uint64_t start, std::uint64_t bytes, MemoryPolicy policy) {
  await_copy();
  const std::uint64_t end = start + bytes;
  if (!areas_.covered(start, end)) return fail(Errno::efault);
  if (areas_.size() + 2 > most_areas()) return fail(Errno::enomem);
  areas_.cut(start, end);
  areas_.for_each(start, end, [&](Area& area) { area.policy = policy; });
  areas_.merge(start, end);
  return {};
}

bool known_advice(int advice) {
  switch (advice) {
    case kNormal: case kRandom: case kSequential: case kWillNeed: case kDontNeed: case kFree: case kRemove:
    case kDontFork: case kDoFork: case kMergeable: case kUnmergeable: case kHugePage: case kNoHugePage: case kDontDump:
    case kDoDump: case kWipeOnFork: case kKeepOnFork: case kCold: case kPageOut: case kPopulateRead:
    case kPopulateWrite: case kDontNeedLocked:
      return true;
    default:
      return false;
  }
}

Result<void> AddressSpace::advise(std::uint64_t start, std::uint64_t bytes, int advice) {
  await_copy();
  const std::uint64_t end = start + bytes;
  const auto all = [&](auto fits) {
    bool outcome = true;
    areas_.for_each(start, end, [&](const Area& area) { outcome = outcome && fits(area); });
    return outcome;
  };
  const auto not_locked = [](const Area& area) { return !area.locked; };
  switch (advice) {
    case kNormal: case kRandom: case kSequential: case kWillNeed: case kMergeable: case kUnmergeable: case kHugePage:
    case kNoHugePage: case kDontDump: case kDoDump:
      break;
    case kCold: case kPageOut:
      if (!all(not_locked)) return fail(Errno::einval);
      break;
    case kDontNeed:
      if (!all(not_locked)) return fail(Errno::einval);
      drop_pages(start, end);
      break;
    case kDontNeedLocked:
      drop_pages(start, end);
      break;
    case kFree:
      if (!all([](const Area& area) { return !area.locked && !area.backing; })) return fail(Errno::einval);
      drop_pages(start, end);
      break;
    case kDontFork: case kDoFork: case kWipeOnFork: case kKeepOnFork: {
      if (advice == kWipeOnFork && !all([](const Area& area) { return !area.backing; })) return fail(Errno::einval);
      if (areas_.size() + 2 > most_areas()) return fail(Errno::enomem);
      areas_.cut(start, end);
      areas_.for_each(start, end, [&](Area& area) {
        if (advice == kDontFork || advice == kDoFork) area.dont_fork = advice == kDontFork;
        else area.wipe_on_fork = advice == kWipeOnFork;
      });
      areas_.merge(start, end);
      break;
    }
    case kPopulateRead: case kPopulateWrite: return fault_in(start, end, advice == kPopulateWrite);
    case kRemove: return remove_pages(start, end);
    default:
      return fail(Errno::einval);
  }
  if (!areas_.covered(start, end)) return fail(Errno::enomem);
  return {};
}

Result<void> AddressSpace::fault_in(std::uint64_t start, std::uint64_t end, bool write) {
  for (std::uint64_t at = start; at < end; at += kPageBytes) {
    if (areas_.find(at) == nullptr) return fail(Errno::enomem);
    const auto done = fault(at, write ? Access::write : Access::read);
    if (done) continue;
    switch (done.error()) {
      case FaultKind::no_area:
      case FaultKind::out_of_memory: return fail(Errno::enomem);
      case FaultKind::forbidden: return fail(Errno::einval);
      case FaultKind::no_object: return fail(Errno::efault);
    }
  }
  return {};
}

Result<void> AddressSpace::remove_pages(std::uint64_t start, std::uint64_t end) {
  std::uint64_t position = start;
  bool hole = false;
  while (position < end) {
    const Area* const area = areas_.at_or_after(position);
    if (area == nullptr || area->start >= end) break;
    if (area->start > position) hole = true;
    if (area->locked || !area->backing) return fail(Errno::einval);
    if (!area->shared || !area->may_write) return fail(Errno::eacces);
    const std::uint64_t from = std::max(position, area->start);
    position = std::min(end, area->end);
    const Ref<Backing> backing = area->backing;
    const std::uint64_t first = area->backing_page(from);
    TRY(backing->remove_pages(first, first + (position - from) / kPageBytes));
  }
  if (hole || position < end) return fail(Errno::enomem);
  return {};
}

}  // namespace tessera::lx
