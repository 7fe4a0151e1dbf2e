// SPDX-License-Identifier: Apache-2.0
#include "kernel/memory/page_pool.hpp"

#include <cstring>

namespace tessera::nucleus {

Result<PhysAddr> PagePool::take() {
  if (free_ == 0) return fail(Error::no_page_tables);
  const PhysAddr page = first_;
  first_ = {*direct<std::uint64_t>(page)};
  --free_;
  ++used_;
  arch::zero_page(direct<std::byte>(page));
  return page;
}

void PagePool::give_back_retired() {
  while (retired_.value != 0) {
    const PhysAddr page = retired_;
    retired_ = {*direct<std::uint64_t>(page)};
    give_back(page);
    --retired_count_;
  }
}

}  // namespace tessera::nucleus
