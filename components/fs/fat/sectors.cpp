// SPDX-License-Identifier: Apache-2.0
#include "components/fs/fat/sectors.hpp"

#include <algorithm>

#include "components/fs/try.hpp"

namespace tessera::fs::fat {

Sectors::Sectors(BlockDevice& device, std::uint32_t sector_bytes, std::span<std::byte> memory)
    : device_(device), sector_bytes_(sector_bytes), memory_(memory), slots_(memory.size() / sector_bytes) {}

Slot* Sectors::find(std::uint64_t sector) {
  const auto at = places_.find(sector);
  return at == places_.end() || !slots_[at->second].present ? nullptr : &slots_[at->second];
}

Room Sectors::contents(const Slot& slot) {
  const std::uint32_t at = places_.at(slot.sector);
  return memory_.subspan(std::size_t{at} * sector_bytes_, sector_bytes_);
}

Slot* Sectors::take(std::uint64_t sector) {
  // Twice around: the first time what is recent gets another chance.
  for (std::size_t tried = 0; tried < 2 * slots_.size(); ++tried) {
    Slot& slot = slots_[hand_];
    const std::uint32_t at = std::exchange(hand_, (hand_ + 1) % static_cast<std::uint32_t>(slots_.size()));
    if (slot.reading || slot.changed || (slot.used && slot.operation == operation_)) continue;
    if (slot.used && std::exchange(slot.recent, false)) continue;
    if (slot.used) drop(slot);
    slot = {.sector = sector, .used = true};
    places_.emplace(sector, at);
    return &slot;
  }
  return nullptr;
}

void Sectors::drop(Slot& slot) {
  if (slot.changed) --changed_;
  places_.erase(slot.sector);
  slot = {};
}

Slot* Sectors::make(std::uint64_t sector) {
  Slot* slot = find(sector);
  if (slot == nullptr) slot = take(sector);
  if (slot != nullptr) slot->present = true;
  return slot;
}

Io<> Sectors::fetch(std::uint64_t sector, std::uint64_t count) {
  if (const auto at = places_.find(sector); at != places_.end()) {
    // Somebody else brings it.
    if (slots_[at->second].reading && !co_await came_.wait()) co_return fail(Error::io);
    co_return Result<void>();
  }
  std::vector<Slot*> taken;
  std::vector<std::span<std::byte>> pieces;
  for (; taken.size() < count && !places_.contains(sector + taken.size()); ) {
    Slot* const slot = take(sector + taken.size());
    if (slot == nullptr) break;
    slot->reading = true;
    taken.push_back(slot);
    pieces.push_back(contents(*slot));
  }
  if (taken.empty()) co_return fail(Error::no_memory);
  Result<void> done = co_await device_.read(sector * sector_bytes_, pieces);
  for (Slot* const slot : taken) {
    slot->reading = false;
    slot->present = done.has_value();
    if (!done) drop(*slot);
  }
  came_.raise();
  co_return done;
}

void Sectors::forget(std::uint64_t first, std::uint64_t count) {
  for (std::uint64_t sector = first; sector < first + count; ++sector) {
    if (Slot* const slot = find(sector)) drop(*slot);
  }
}

void Sectors::set_changed(Slot& slot, Role role) {
  slot.role = role;
  if (!std::exchange(slot.changed, true)) ++changed_;
}

void Sectors::set_clean(Slot& slot) {
  if (std::exchange(slot.changed, false)) --changed_;
}

std::vector<Slot*> Sectors::changed_of(Role role) {
  std::vector<Slot*> found;
  for (Slot& slot : slots_) {
    if (slot.changed && slot.role == role) found.push_back(&slot);
  }
  std::ranges::sort(found, [](const Slot* a, const Slot* b) { return a->sector < b->sector; });
  return found;
}

}  // namespace tessera::fs::fat
