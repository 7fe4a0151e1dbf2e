// SPDX-License-Identifier: Apache-2.0
// Pages for page tables, donated to an address space. Free pages are linked
// through their first word.
#pragma once

#include <cstdint>

#include "kernel/support/addresses.hpp"
#include "kernel/support/result.hpp"

namespace tessera::nucleus {

class PagePool {
 public:
  void add(PhysAddr page) {
    *direct<std::uint64_t>(page) = first_.value;
    first_ = page;
    ++free_;
  }
  // An all-zero page.
  [[nodiscard]] Result<PhysAddr> take();
  // A page table that is not used any more.
  void give_back(PhysAddr page) {
    add(page);
    --used_;
  }
  // A page table that no core will find any more, but that one may still know: it is used
  // until then.
  void retire(PhysAddr page) {
    *direct<std::uint64_t>(page) = retired_.value;
    retired_ = page;
    ++retired_count_;
  }
  // No core knows those that were retired.
  void give_back_retired();
  // Forgets every free page: its memory is going away.
  void abandon() {
    first_ = retired_ = {};
    free_ = used_ = retired_count_ = 0;
  }
  [[nodiscard]] std::uint64_t free() const { return free_; }
  [[nodiscard]] std::uint64_t used() const { return used_; }  // with those that are retired
  [[nodiscard]] std::uint64_t retired() const { return retired_count_; }

 private:
  PhysAddr first_{}, retired_{};  // 0: none; physical page 0 is never untyped
  std::uint64_t free_ = 0;
  std::uint64_t used_ = 0, retired_count_ = 0;
};

}  // namespace tessera::nucleus
