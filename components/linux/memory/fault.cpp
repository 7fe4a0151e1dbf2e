// SPDX-License-Identifier: Apache-2.0
// What happens when a guest touches memory that the page table does not give it.
#include <algorithm>
#include <array>

#include "components/linux/core/page_copy.hpp"
#include "components/linux/memory/address_space.hpp"

namespace tessera::lx {

namespace {

using Done = std::expected<void, FaultKind>;

std::unexpected<FaultKind> fault_fail(FaultKind kind) { return std::unexpected(kind); }

// Why a backing has no page: a full file system is a bus error, as a file's end is.
FaultKind why_not(Errno error) { return error == Errno::enomem ? FaultKind::out_of_memory : FaultKind::no_object; }

bool allowed(std::uint32_t protection, Access access) {
  switch (access) {
    case Access::read: return protection != 0;  // writable or executable memory is readable, as on Linux
    case Access::write: return (protection & kProtWrite) != 0;
    case Access::execute: return (protection & kProtExecute) != 0;
  }
  return false;
}

// All zero, shared by every page that was only read.
Frame shared_zeros = Frame::none;
Result<Frame> zero_frame() {
  if (shared_zeros == Frame::none) shared_zeros = TRY(allocate_zeroed_frame());
  retain_frame(shared_zeros);
  return shared_zeros;
}

}  // namespace

bool is_zero_frame(Frame frame) { return frame == shared_zeros; }

std::uint64_t rights_for(std::uint32_t protection) {
  std::uint64_t rights = protection != 0 ? kMapRead : 0;
  if ((protection & kProtWrite) != 0) rights |= kMapWrite;
  if ((protection & kProtExecute) != 0) rights |= kMapExecute;
  if ((protection & kProtBranchTargets) != 0) rights |= kMapGuarded;
  return rights;
}

Done AddressSpace::fault(std::uint64_t address, Access access, Hold hold) {
  await_copy();
  if (address >= kGuestLimit) return fault_fail(FaultKind::no_area);
  Area* area = areas_.find(address);
  if (area == nullptr) {
    area = grow_stack(address);
    if (area == nullptr) return fault_fail(FaultKind::no_area);
  }
  if (!allowed(area->protection, access)) return fault_fail(FaultKind::forbidden);
  const PageNumber page = address / kPageBytes;
  const PageEntry entry = pages_.get(page);
  if (entry.valid()) return fault_present(*area, page, entry, access);
  if (area->backing) {
    if (hold == Hold::leave && area->backing->tracks_writes()) return fault_on_disk(*area, address, access);
    return fault_backed(*area, page, access);
  }
  return fault_anonymous(*area, page, access);
}

// The page first, then all anew: there may be no such area any more.
Done AddressSpace::fault_on_disk(const Area& area, std::uint64_t address, Access access) {
  const Ref<Backing> backing = area.backing;
  const std::uint64_t index = area.backing_page(page_down(address));
  if (!backing->cached(index)) backing->prepare(index);
  return fault(address, access);
}

// Private memory only: areas and files are others' as well.
bool AddressSpace::fault_beside(std::uint64_t address, Access access) {
  if (address >= kGuestLimit) return false;
  FreshPages fresh;
  {
    const rt::LockGuard one(faulting_);
    const std::optional<bool> served = fault_beside_now(address, access, fresh);
    if (served) return *served;
  }
  // Clearing pages takes the most time: other threads' faults go on.
  if (!fill(fresh)) return false;
  const rt::LockGuard one(faulting_);
  return enter(fresh).has_value();
}

// Of files only the program: nobody writes to it (executions).
bool AddressSpace::fault_alone(std::uint64_t address, Access access) {
  const Area* const area = areas_.find(address);
  if (area == nullptr || area->shared || !allowed(area->protection, access)) return false;
  const PageNumber page = address / kPageBytes;
  const PageEntry entry = pages_.get(page);
  if (entry.valid()) return fault_present(*area, page, entry, access).has_value();
  if (area->backing) {
    const bool program = executable_ && area->backing->inode() == &executable_.inode();
    return program && area->backing->looks_up_only() && fault_backed(*area, page, access, true).has_value();
  }
  if (access != Access::write && shared_zeros == Frame::none) return false;
  return fault_anonymous(*area, page, access).has_value();
}

std::optional<bool> AddressSpace::fault_beside_now(std::uint64_t address, Access access, FreshPages& fresh) {
  await_copy();
  const Area* const area = areas_.find(address);
  if (area == nullptr || area->shared || !allowed(area->protection, access)) return false;
  const PageNumber page = address / kPageBytes;
  const PageEntry entry = pages_.get(page);
  if (entry.valid()) return fault_present(*area, page, entry, access).has_value();
  if (area->backing) return area->backing->looks_up_only() && fault_backed(*area, page, access, true).has_value();
  if (access == Access::write) {
    fresh = plan_fresh(*area, page);
    return std::nullopt;
  }
  return shared_zeros != Frame::none && fault_anonymous(*area, page, access).has_value();
}

Done AddressSpace::enter(PageNumber page, Frame frame, std::uint64_t rights, bool of_file) {
  const std::array<std::uint64_t, 1> entries{GuestSpace::entry(frame, rights)};
  if (!view_->map(page, entries)) {
    release_frame(frame);
    return fault_fail(FaultKind::out_of_memory);
  }
  const PageEntry old = pages_.set(page, PageEntry(frame, (rights & kMapWrite) != 0, of_file));
  if (old.valid()) release_frame(old.frame());
  note_peak();
  return {};
}

Result<void> AddressSpace::put_page(std::uint64_t address, Frame frame) {
  const Area* const area = areas_.find(address);
  if (area != nullptr && enter(address / kPageBytes, frame, rights_for(area->protection))) return {};
  return fail(Errno::enomem);
}

AddressSpace::TouchRun& AddressSpace::touch_run(PageNumber page) {
  for (TouchRun& run : touch_runs_) {
    if (run.next != page) continue;
    run.pages = std::min(run.pages * 2, kFaultAround);
    return run;
  }
  TouchRun& run = touch_runs_.at(oldest_run_++ % touch_runs_.size());
  run.pages = 1;
  return run;
}

Done AddressSpace::fault_anonymous(const Area& area, PageNumber page, Access access) {
  if (access != Access::write) {
    const auto zero = zero_frame();
    if (!zero) return fault_fail(FaultKind::out_of_memory);
    return enter(page, *zero, rights_for(area.protection) & ~kMapWrite);
  }
  FreshPages fresh = plan_fresh(area, page);
  if (!fill(fresh)) return fault_fail(FaultKind::out_of_memory);
  return enter(fresh);
}

// A program that walks through fresh memory gets ever more of it at a time.
AddressSpace::FreshPages AddressSpace::plan_fresh(const Area& area, PageNumber page) {
  TouchRun& run = touch_run(page);
  PageNumber end = std::min<PageNumber>(page + run.pages, area.end / kPageBytes);
  if (run.pages > 1 && !frames_free(4096)) end = page + 1;  // memory is short: only what is asked for
  FreshPages fresh{.first = page, .rights = rights_for(area.protection)};
  do ++fresh.count;
  while (page + fresh.count < end && !pages_.get(page + fresh.count).valid());
  run.next = page + fresh.count;
  return fresh;
}

bool AddressSpace::fill(FreshPages& fresh) {
  fresh.count = allocate_frames(std::span(fresh.frames).first(fresh.count));
  for (const Frame frame : std::span(fresh.frames).first(fresh.count)) clear_frame(frame);
  return fresh.count != 0;
}

Done AddressSpace::enter(const FreshPages& fresh) {
  std::array<std::uint64_t, kFaultAround> entries{};
  for (std::size_t i = 0; i < fresh.count; ++i) {
    if (pages_.get(fresh.first + i).valid()) release_frame(fresh.frames[i]);  // another thread was quicker
    else entries[i] = GuestSpace::entry(fresh.frames[i], fresh.rights);
  }
  const bool mapped = view_->map(fresh.first, std::span(entries).first(fresh.count)).has_value();
  for (std::size_t i = 0; i < fresh.count; ++i) {
    if (entries[i] == 0) continue;
    if (mapped) pages_.set(fresh.first + i, PageEntry(fresh.frames[i], true));
    else release_frame(fresh.frames[i]);
  }
  note_peak();
  if (!mapped) return fault_fail(FaultKind::out_of_memory);
  return {};
}

Done AddressSpace::fault_backed(const Area& area, PageNumber page, Access access, bool cached) {
  if (access != Access::write) {
    if (area.backing->fault_around()) return fault_around(area, page, cached);
  }
  const std::uint64_t rights = rights_for(area.protection);
  const std::uint64_t index = area.backing_page(page * kPageBytes);
  // Of a shared area that may be written, take the page that writes go to at
  // once: otherwise a later write would move it away below the readers.
  const bool in_place = area.shared && area.may_write && (access == Access::write || !area.backing->tracks_writes());
  const auto frame = cached ? area.backing->cached_page(index, false) : area.backing->page(index, in_place);
  if (!frame)
    return fault_fail(why_not(frame.error()));
  if (area.shared) return enter(page, *frame, in_place ? rights : rights & ~kMapWrite, true);
  if (access != Access::write) return enter(page, *frame, rights & ~kMapWrite, true);
  const auto copy = allocate_frame();
  if (!copy) {
    release_frame(*frame);
    return fault_fail(FaultKind::out_of_memory);
  }
  copy_frame(*copy, *frame);
  release_frame(*frame);
  return enter(page, *copy, rights);
}

// Maps the pages of a file around the one that was touched, as far as they are in
// the aligned window, the area and the file, and not there yet. Holes stay holes.
Done AddressSpace::fault_around(const Area& area, PageNumber page, bool cached) {
  const PageNumber window = page / kFaultAround * kFaultAround;
  const PageNumber first = std::max<PageNumber>(window, area.start / kPageBytes);
  const PageNumber end = std::min<PageNumber>(window + kFaultAround, area.end / kPageBytes);
  std::uint64_t rights = rights_for(area.protection);
  const bool in_place = area.shared && area.may_write && !area.backing->tracks_writes();
  if (!in_place || (area.protection & kProtExecute) != 0) rights &= ~kMapWrite;
  std::array<std::uint64_t, kFaultAround> entries{};
  std::array<Frame, kFaultAround> frames{};
  frames.fill(Frame::none);
  Errno asked = Errno::efault;
  for (PageNumber at = first; at < end; ++at) {
    if (pages_.get(at).valid()) continue;
    const std::uint64_t index = area.backing_page(at * kPageBytes);
    const auto frame = at == page && !cached ? area.backing->page(index, in_place) : area.backing->cached_page(index, in_place);
    if (!frame) {
      if (at == page) asked = frame.error();
      continue;
    }
    frames[static_cast<std::size_t>(at - first)] = *frame;
    entries[static_cast<std::size_t>(at - first)] = GuestSpace::entry(*frame, rights);
  }
  const auto count = static_cast<std::size_t>(end - first);
  const bool got = frames[static_cast<std::size_t>(page - first)] != Frame::none;
  const bool mapped = got && view_->map(first, std::span(entries).first(count)).has_value();
  for (std::size_t i = 0; i < count; ++i) {
    if (frames[i] == Frame::none) continue;
    if (mapped) pages_.set(first + i, PageEntry(frames[i], (rights & kMapWrite) != 0, true));
    else release_frame(frames[i]);
  }
  note_peak();
  if (mapped) return {};
  return fault_fail(got ? FaultKind::out_of_memory : why_not(asked));
}

// The page is in the map: the page table has it with fewer rights, or not at all.
Done AddressSpace::fault_present(const Area& area, PageNumber page, PageEntry entry, Access access) {
  const std::uint64_t rights = rights_for(area.protection);
  if (access != Access::write) {
    const bool writable = entry.writable() && (rights & kMapWrite) != 0;
    retain_frame(entry.frame());
    return enter(page, entry.frame(), writable ? rights : rights & ~kMapWrite, entry.of_file());
  }
  if (area.shared) {
    const auto frame = area.backing->page(area.backing_page(page * kPageBytes), true);
    if (!frame)
      return fault_fail(why_not(frame.error()));
    return enter(page, *frame, rights, true);
  }
  if (frame_references(entry.frame()) == 1 && !frame_is_read_only(entry.frame())) return reclaim_sole(area, page);
  return copy_page(area, page, entry);
}

Done AddressSpace::copy_page(const Area& area, PageNumber page, PageEntry entry) {
  const auto copy = allocate_frame();
  if (!copy) return fault_fail(FaultKind::out_of_memory);
  copy_frame(*copy, entry.frame());
  return enter(page, *copy, rights_for(area.protection));
}

// A private page whose other users are gone (the child of a fork exited) becomes
// writable again without a copy; so do its neighbours, which the program will
// likely write to next.
Done AddressSpace::reclaim_sole(const Area& area, PageNumber page) {
  const std::uint64_t rights = rights_for(area.protection);
  const PageNumber window = page / kFaultAround * kFaultAround;
  const PageNumber first = std::max<PageNumber>(window, area.start / kPageBytes);
  const PageNumber end = std::min<PageNumber>(window + kFaultAround, area.end / kPageBytes);
  std::array<std::uint64_t, kFaultAround> entries{};
  pages_.for_each(first, end, [&](PageNumber at, PageEntry& entry) {
    const Frame frame = entry.frame();
    if (frame_references(frame) != 1 || frame_is_read_only(frame)) return;
    entries[static_cast<std::size_t>(at - first)] = GuestSpace::entry(frame, rights);
    entry = PageEntry(frame, true);
  });
  if (!view_->map(first, std::span(entries).first(static_cast<std::size_t>(end - first))))
    return fault_fail(FaultKind::out_of_memory);
  return {};
}

Area* AddressSpace::grow_stack(std::uint64_t address) {
  Area* const above = areas_.at_or_after(address);
  if (above == nullptr || !above->grows_down) return nullptr;
  const std::uint64_t new_start = page_down(address);
  if (new_start < kLowestAddress || above->end - new_start > stack_limit) return nullptr;
  const std::uint64_t growth = above->start - new_start;
  if (!may_add(*above, growth) || (above->locked && !may_lock(growth))) return nullptr;
  // Another stack, or memory that nobody can touch, is guard enough itself.
  const std::uint64_t guard = new_start > kStackGuard ? new_start - kStackGuard : 0;
  bool room = areas_.free(new_start, above->start);
  areas_.for_each(guard, new_start, [&](const Area& below) {
    room = room && (below.grows_down || below.protection == 0);
  });
  if (!room) return nullptr;
  areas_.extend_down(above->start, new_start);
  return areas_.find(address);
}

}  // namespace tessera::lx
