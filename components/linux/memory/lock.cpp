// SPDX-License-Identifier: Apache-2.0
// Areas whose pages the program asked to keep in memory, and what RLIMIT_MEMLOCK says to it.
#include "components/linux/memory/address_space.hpp"
#include "components/linux/process/contract.hpp"

namespace tessera::lx {

namespace {
bool locks_without_limit() { return current_credentials().euid == 0; }  // CAP_IPC_LOCK
}  // namespace

std::uint64_t AddressSpace::locked_bytes() const {
  await_copy();
  return areas_.bytes_of(0, kGuestLimit, [](const Area& area) { return area.locked; });
}

bool AddressSpace::may_lock_any() const { return lock_limit != 0 || locks_without_limit(); }

bool AddressSpace::may_lock(std::uint64_t more) const {
  if (locks_without_limit()) return true;
  const std::uint64_t locked = locked_bytes();
  return more <= lock_limit && locked <= lock_limit - more;
}

bool AddressSpace::may_lock_all() const { return areas_.total_bytes() <= lock_limit || locks_without_limit(); }

void AddressSpace::mark_locked(Area& area, PageLock how) {
  // The kernel's own pages are not the program's to lock.
  if (area.kind == AreaKind::vdso || area.kind == AreaKind::vvar) return;
  area.locked = how != PageLock::none;
  area.lock_on_fault = how == PageLock::on_fault;
}

Result<void> AddressSpace::lock(std::uint64_t start, std::uint64_t bytes, PageLock how) {
  await_copy();
  const std::uint64_t end = start + bytes;
  if (areas_.size() + 2 > most_areas()) return fail(Errno::enomem);
  areas_.cut(start, end);
  // As far as there is memory in one piece; a hole behind it is told afterwards.
  std::uint64_t position = start;
  areas_.for_each(start, end, [&](Area& area) {
    if (area.start != position) return;
    position = area.end;
    mark_locked(area, how);
  });
  areas_.merge(start, end);
  if (position < end) return fail(Errno::enomem);
  if (how == PageLock::now && !populate(start, bytes)) return fail(Errno::enomem);
  return {};
}

void AddressSpace::lock_all(PageLock how) {
  await_copy();
  areas_.for_each(0, kGuestLimit, [&](Area& area) { mark_locked(area, how); });
  areas_.merge(0, kGuestLimit);
  if (how != PageLock::now) return;
  // By a copy: a fault may lengthen a stack.
  const std::vector<Area> areas = areas_.all();
  for (const Area& area : areas) (void)populate(area.start, area.bytes());
}

}  // namespace tessera::lx
