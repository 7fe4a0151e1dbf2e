// SPDX-License-Identifier: Apache-2.0
// Copying an address space: areas, page map and frame references here, the page
// table by the nucleus, many pages a call.
#include "components/linux/memory/address_space.hpp"

namespace tessera::lx {

Result<Ref<AddressSpace>> AddressSpace::fork() {
  Ref<AddressSpace> child = TRY(make());
  child->mmap_top = mmap_top;
  child->break_start = break_start;
  child->break_end = break_end;
  child->stack_top = stack_top;
  child->argument_start = argument_start;
  child->argument_end = argument_end;
  child->environment_start = environment_start;
  child->environment_end = environment_end;
  child->vdso = vdso;
  child->address_limit = address_limit;
  child->stack_limit = stack_limit;
  child->set_executable(executable_, executable_path_);

  // Neighbouring areas that are copied the same way go to the nucleus as one range.
  std::uint64_t run_start = 0;
  std::uint64_t run_end = 0;
  bool run_shared = false;
  bool run_used = false;
  const auto flush = [&]() -> Result<void> {
    if (run_used)
      TRY(child->view_->copy_from(*view_, run_start / kPageBytes, (run_end - run_start) / kPageBytes, !run_shared));
    run_used = false;
    return {};
  };
  for (const Area& area : areas_.all()) {
    if (!area.dont_fork) child->areas_.insert(area);
    if (area.dont_fork || area.wipe_on_fork) {
      TRY(flush());  // its pages must not be copied along
      continue;
    }
    bool any = false;
    const bool shared = area.shared;
    pages_.for_each(area.start / kPageBytes, area.end / kPageBytes, [&](PageNumber page, PageEntry& entry) {
      any = true;
      if (!shared) entry.forbid_write();
      retain_frame(entry.frame());
      child->pages_.set(page, entry);
    });
    if (!any) continue;
    if (run_used && run_shared != shared) TRY(flush());
    if (!run_used) {
      run_start = area.start;
      run_shared = shared;
      run_used = true;
    }
    run_end = area.end;
  }
  TRY(flush());
  child->peak_pages = child->pages_.count();
  return child;
}

}  // namespace tessera::lx
