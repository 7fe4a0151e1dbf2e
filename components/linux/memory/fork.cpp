// SPDX-License-Identifier: Apache-2.0
// Copying an address space: areas, page map and frame references here, the page
// table by the nucleus, many pages a call.
#include "components/linux/core/big_lock.hpp"
#include "components/linux/memory/address_space.hpp"

namespace tessera::lx {

namespace {

// Collects pages that are copied the same way into stretches, one nucleus call
// each. A hole is worth a call of its own from kGap pages on: passing over it costs
// a scan of page tables.
class TableCopy {
 public:
  TableCopy(GuestSpace& from, GuestSpace& to) : from_(from), to_(to) {}
  void add(PageNumber page, bool shared) {
    if (behind_ != 0 && (shared != shared_ || page - behind_ >= kGap)) copy();
    if (behind_ == 0) {
      start_ = page;
      shared_ = shared;
    }
    behind_ = page + 1;
  }
  // The first failure of all that was added up to now.
  Result<void> flush() {
    if (behind_ != 0) copy();
    return outcome_;
  }

 private:
  static constexpr std::uint64_t kGap = 512;
  void copy() {
    if (outcome_) outcome_ = to_.copy_from(from_, start_, behind_ - start_, !shared_);
    behind_ = 0;
  }

  GuestSpace& from_;
  GuestSpace& to_;
  PageNumber start_ = 0, behind_ = 0;  // behind_ 0: nothing collected
  bool shared_ = false;
  Result<void> outcome_;
};

}  // namespace

Result<void> AddressSpace::fork(Ref<AddressSpace>& child) {
  child = TRY(make());
  child->mmap_top = mmap_top;
  child->break_start = break_start;
  child->break_end = break_end;
  child->stack_top = stack_top;
  child->first_stack_pointer = first_stack_pointer;
  child->code_start = code_start;
  child->code_end = code_end;
  child->data_start = data_start;
  child->data_end = data_end;
  child->auxiliary = auxiliary;
  child->argument_start = argument_start;
  child->argument_end = argument_end;
  child->environment_start = environment_start;
  child->environment_end = environment_end;
  child->vdso = vdso;

  child->areas_ = areas_;
  const bool locks = areas_.bytes_of(0, kGuestLimit, [](const Area& area) { return area.locked; }) != 0;
  if (locks) child->areas_.for_each(0, kGuestLimit, [](Area& area) { mark_locked(area, PageLock::none); });
  child->areas_.forget_peak();
  for (const Area& area : areas_.all())
    if (area.dont_fork) child->areas_.remove(area.start, area.end);
  return copy_pages(*child);
}

void AddressSpace::after_fork(AddressSpace& child) const {
  child.address_limit = address_limit;
  child.stack_limit = stack_limit;
  child.data_limit = data_limit;
  child.lock_limit = lock_limit;
  child.set_executable(executable_);
}

void AddressSpace::wait_for_copy() const { const rt::LockGuard done(copying_); }

Result<void> AddressSpace::copy_pages(AddressSpace& child) {
  TableCopy tables(*view_, *child.view_);
  for (const Area& area : areas_.all()) {
    if (area.dont_fork || area.wipe_on_fork) {
      TRY(tables.flush());  // its pages must not be copied along
      continue;
    }
    const bool shared = area.shared;
    pages_.for_each(area.start / kPageBytes, area.end / kPageBytes, [&](PageNumber page, PageEntry& entry) {
      if (!shared) entry.forbid_write();
      retain_frame(entry.frame());
      child.pages_.set(page, entry);
      tables.add(page, shared);
    });
  }
  TRY(tables.flush());
  child.note_peak();
  return {};
}

}  // namespace tessera::lx
