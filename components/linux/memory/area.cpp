// SPDX-License-Identifier: Apache-2.0
#include "components/linux/memory/area.hpp"

#include <algorithm>
#include <utility>

namespace tessera::lx {

bool Area::continued_by(const Area& next) const {
  if (end != next.start || protection != next.protection || shared != next.shared || grows_down != next.grows_down ||
      may_write != next.may_write || dont_fork != next.dont_fork || wipe_on_fork != next.wipe_on_fork ||
      locked != next.locked || lock_on_fault != next.lock_on_fault || no_reserve != next.no_reserve ||
      !(policy == next.policy) || kind != next.kind || static_cast<bool>(backing) != static_cast<bool>(next.backing))
    return false;
  return !backing || (backing->same_pages_as(*next.backing) && offset_pages + bytes() / kPageBytes == next.offset_pages);
}

std::size_t AreaSet::first_behind(std::uint64_t address) const {
  if (last_ < areas_.size() && areas_[last_].end > address && (last_ == 0 || areas_[last_ - 1].end <= address))
    return last_;
  std::size_t low = 0;
  std::size_t high = areas_.size();
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (areas_[middle].end <= address) low = middle + 1;
    else high = middle;
  }
  last_ = low;
  return low;
}

Area* AreaSet::at_or_after(std::uint64_t address) {
  const std::size_t at = first_behind(address);
  return at < areas_.size() ? &areas_[at] : nullptr;
}

Area* AreaSet::find(std::uint64_t address) {
  Area* const area = at_or_after(address);
  return area != nullptr && area->start <= address ? area : nullptr;
}

void AreaSet::insert(Area area) {
  total_bytes_ += area.bytes();
  peak_bytes_ = std::max(peak_bytes_, total_bytes_);
  const std::size_t at = first_behind(area.start);
  if (at > 0 && areas_[at - 1].continued_by(area)) {
    areas_[at - 1].end = area.end;
    merge(area.start, area.end);
    return;
  }
  const std::uint64_t start = area.start;
  const std::uint64_t end = area.end;
  areas_.insert(areas_.begin() + static_cast<std::ptrdiff_t>(at), std::move(area));
  merge(start, end);
}

void AreaSet::split(std::uint64_t address) {
  const std::size_t at = first_behind(address);
  if (at == areas_.size() || areas_[at].start >= address) return;
  Area upper = areas_[at];
  upper.offset_pages = upper.backing_page(address);
  upper.start = address;
  areas_[at].end = address;
  areas_.insert(areas_.begin() + static_cast<std::ptrdiff_t>(at) + 1, std::move(upper));
}

void AreaSet::cut(std::uint64_t start, std::uint64_t end) {
  split(start);
  split(end);
}

void AreaSet::remove(std::uint64_t start, std::uint64_t end) {
  cut(start, end);
  const std::size_t first = first_behind(start);
  std::size_t last = first;
  while (last < areas_.size() && areas_[last].start < end) {
    total_bytes_ -= areas_[last].bytes();
    ++last;
  }
  areas_.erase(areas_.begin() + static_cast<std::ptrdiff_t>(first), areas_.begin() + static_cast<std::ptrdiff_t>(last));
}

void AreaSet::merge(std::uint64_t start, std::uint64_t end) {
  std::size_t at = first_behind(start);
  if (at > 0) --at;
  while (at + 1 < areas_.size() && areas_[at].start <= end) {
    if (areas_[at].continued_by(areas_[at + 1])) {
      areas_[at].end = areas_[at + 1].end;
      areas_.erase(areas_.begin() + static_cast<std::ptrdiff_t>(at) + 1);
    } else {
      ++at;
    }
  }
}

bool AreaSet::free(std::uint64_t start, std::uint64_t end) const {
  const std::size_t at = first_behind(start);
  return at == areas_.size() || areas_[at].start >= end;
}

bool AreaSet::covered(std::uint64_t start, std::uint64_t end) const {
  std::uint64_t position = start;
  for (std::size_t at = first_behind(start); position < end; ++at) {
    if (at == areas_.size() || areas_[at].start > position) return false;
    position = areas_[at].end;
  }
  return true;
}

std::uint64_t AreaSet::find_gap(std::uint64_t bytes, std::uint64_t low, std::uint64_t high,
                                std::uint64_t guard) const {
  if (bytes == 0 || high <= low || bytes > high - low) return 0;
  std::uint64_t top = high;  // end of the free range looked at
  std::size_t at = first_behind(high - 1);
  if (at < areas_.size() && areas_[at].start < top) {
    top = areas_[at].start;
    if (areas_[at].grows_down) top = top > guard ? top - guard : 0;
  } else if (at < areas_.size() && areas_[at].grows_down && areas_[at].start < high + guard) {
    top = areas_[at].start > guard ? areas_[at].start - guard : 0;
  }
  for (;;) {
    const std::uint64_t bottom = at == 0 ? low : std::max(low, areas_[at - 1].end);
    if (top > bottom && top - bottom >= bytes) return top - bytes;
    if (at == 0 || top <= low) return 0;
    --at;
    top = std::min(top, areas_[at].start);
    if (areas_[at].grows_down) top = areas_[at].start > guard ? areas_[at].start - guard : 0;
  }
}

void AreaSet::extend_down(std::uint64_t start, std::uint64_t new_start) {
  Area* const area = find(start);
  if (area == nullptr || area->start != start || new_start >= start) return;
  total_bytes_ += start - new_start;
  peak_bytes_ = std::max(peak_bytes_, total_bytes_);
  area->start = new_start;
}

}  // namespace tessera::lx
