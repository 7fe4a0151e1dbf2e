// SPDX-License-Identifier: Apache-2.0
#include "components/linux/memory/page_map.hpp"

#include <algorithm>

namespace tessera::lx {

std::size_t PageMap::lower_bound(std::uint64_t index) const {
  std::size_t low = 0;
  std::size_t high = leaves_.size();
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (leaves_[middle].index < index) low = middle + 1;
    else high = middle;
  }
  return low;
}

std::size_t PageMap::find(std::uint64_t index) const {
  if (last_ < leaves_.size() && leaves_[last_].index == index) return last_;
  const std::size_t at = lower_bound(index);
  if (at == leaves_.size() || leaves_[at].index != index) return leaves_.size();
  last_ = at;
  return at;
}

PageEntry PageMap::get(PageNumber page) const {
  const std::size_t at = find(page / kLeafPages);
  if (at == leaves_.size()) return PageEntry();
  return (*leaves_[at].leaf)[page % kLeafPages];
}

PageEntry PageMap::set(PageNumber page, PageEntry entry) {
  if (!entry.valid()) return remove(page);
  std::size_t at = find(page / kLeafPages);
  if (at == leaves_.size()) {
    at = lower_bound(page / kLeafPages);
    LeafSlot fresh;
    fresh.index = page / kLeafPages;
    fresh.leaf = std::make_unique<Leaf>();
    leaves_.insert(leaves_.begin() + static_cast<std::ptrdiff_t>(at), std::move(fresh));
    last_ = at;
  }
  LeafSlot& slot = leaves_[at];
  PageEntry& place = (*slot.leaf)[page % kLeafPages];
  const PageEntry old = place;
  place = entry;
  if (!old.valid()) {
    slot.fill(page % kLeafPages);
    ++count_;
  }
  return old;
}

PageEntry PageMap::remove(PageNumber page) {
  const std::size_t at = find(page / kLeafPages);
  if (at == leaves_.size()) return PageEntry();
  LeafSlot& slot = leaves_[at];
  PageEntry& place = (*slot.leaf)[page % kLeafPages];
  const PageEntry old = place;
  if (!old.valid()) return old;
  place = PageEntry();
  --count_;
  slot.empty(page % kLeafPages);
  if (slot.used == 0) erase_leaf(at);
  return old;
}

void PageMap::erase_leaf(std::size_t at) { leaves_.erase(leaves_.begin() + static_cast<std::ptrdiff_t>(at)); }

}  // namespace tessera::lx
