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

}  // namespace tessera::nucleus
