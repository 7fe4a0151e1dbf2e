// SPDX-License-Identifier: Apache-2.0
#include "components/fs/fat/operation.hpp"

#include <algorithm>

#include "components/fs/fat/volume.hpp"

namespace tessera::fs::fat {

Operation::Operation(Volume& of) : volume(of) { of.sectors.begin_operation(); }

Result<Slot*> Operation::find(std::uint64_t sector, std::uint64_t ahead) {
  Slot* const slot = volume.sectors.find(sector);
  if (slot == nullptr) {
    missing = sector;
    missing_count = ahead;
    return fail(kMissing);
  }
  volume.sectors.use(*slot);
  return slot;
}

Result<Bytes> Operation::read(std::uint64_t sector, std::uint64_t ahead) {
  return Bytes(volume.sectors.contents(*TRY(find(sector, ahead))));
}

Result<Room> Operation::edit(std::uint64_t sector, Role role) {
  Slot* const slot = TRY(find(sector, 1));
  const Room contents = volume.sectors.contents(*slot);
  if (std::ranges::find(saved_, slot, &Saved::slot) == saved_.end()) {
    saved_.push_back({.slot = slot, .changed = slot->changed, .contents = {contents.begin(), contents.end()}});
    volume.sectors.set_changed(*slot, role);
  }
  return contents;
}

void Operation::finish() {
  saved_.clear();
  Changes& changes = volume.changes;
  for (const Deletion& one : deletions) {
    changes.deletions.push_back(one);
    volume.reserved.insert(one.position);
  }
  changes.freed.insert(changes.freed.end(), freed.begin(), freed.end());
  changes.cuts.insert(changes.cuts.end(), cuts.begin(), cuts.end());
  changes.freed_clusters += freed_clusters;
  volume.free_clusters -= std::min(volume.free_clusters, taken_clusters);
}

void Operation::undo() {
  for (const Saved& one : saved_) {
    copy(volume.sectors.contents(*one.slot), one.contents);
    if (!one.changed) volume.sectors.set_clean(*one.slot);
  }
  saved_.clear();
}

}  // namespace tessera::fs::fat
