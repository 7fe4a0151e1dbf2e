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
              kPopulateRead = 22, kPopulateWrite = 23;

}  // namespace

Result<void> AddressSpace::protect(std::uint64_t start, std::uint64_t bytes, std::uint32_t protection) {
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
    position = area.end;
    if (area.protection == protection) return;
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

Result<void> AddressSpace::advise(std::uint64_t start, std::uint64_t bytes, int advice) {
  const std::uint64_t end = start + bytes;
  switch (advice) {
    case kNormal: case kRandom: case kSequential: case kWillNeed: case kMergeable: case kUnmergeable: case kHugePage:
    case kNoHugePage: case kDontDump: case kDoDump: case kCold: case kPageOut:
      break;
    case kDontNeed:
      drop_pages(start, end);
      break;
    case kFree: {
      bool fits = true;
      areas_.for_each(start, end, [&](Area& area) { fits = fits && !area.backing; });
      if (!fits) return fail(Errno::einval);
      drop_pages(start, end);
      break;
    }
    case kDontFork: case kDoFork: case kWipeOnFork: case kKeepOnFork: {
      bool fits = true;
      areas_.for_each(start, end, [&](Area& area) { fits = fits && (advice != kWipeOnFork || !area.backing); });
      if (!fits) return fail(Errno::einval);
      if (areas_.size() + 2 > most_areas()) return fail(Errno::enomem);
      areas_.cut(start, end);
      areas_.for_each(start, end, [&](Area& area) {
        if (advice == kDontFork || advice == kDoFork) area.dont_fork = advice == kDontFork;
        else area.wipe_on_fork = advice == kWipeOnFork;
      });
      areas_.merge(start, end);
      break;
    }
    case kPopulateRead: case kPopulateWrite:
      if (!areas_.covered(start, end)) return fail(Errno::enomem);
      for (std::uint64_t at = start; at < end; at += kPageBytes) {
        const auto done = fault(at, advice == kPopulateWrite ? Access::write : Access::read);
        if (done) continue;
        if (done.error() == FaultKind::out_of_memory) return fail(Errno::enomem);
        return fail(Errno::efault);
      }
      return {};
    case kRemove:
    default:
      return fail(Errno::einval);
  }
  if (!areas_.covered(start, end)) return fail(Errno::enomem);
  return {};
}

}  // namespace tessera::lx
