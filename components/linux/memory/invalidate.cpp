// SPDX-License-Identifier: Apache-2.0
#include "components/linux/memory/invalidate.hpp"

#include <algorithm>
#include <functional>
#include <vector>

#include "components/linux/core/mapped_pages.hpp"
#include "components/linux/memory/address_space.hpp"
#include "components/linux/process/process.hpp"
#include "components/linux/process/registry.hpp"
#include "components/linux/process/thread.hpp"

namespace tessera::lx {

namespace {

// Files with mappings and how many they have. Sorted by address.
struct Mapped {
  const Inode* inode = nullptr;
  std::uint32_t count = 0;
};
std::vector<Mapped> mapped;

std::vector<Mapped>::iterator place_of(const Inode& inode) {
  return std::ranges::lower_bound(mapped, &inode, std::less<const Inode*>(), &Mapped::inode);
}

}  // namespace

void forget_mapped_pages(const void* object, std::uint64_t first, std::uint64_t end, PrivateCopies copies) {
  std::vector<AddressSpace*> seen;  // vfork: two processes, one space
  registry().for_each_process([&](const Process& process) {
    const Thread* const thread = process.leader();
    if (thread == nullptr || !thread->memory) return;
    AddressSpace* const memory = thread->memory.get();
    if (std::ranges::find(seen, memory) != seen.end()) return;
    seen.push_back(memory);
    for (const Area& area : memory->areas().all()) {
      if (!area.backing || area.backing->identity() != object) continue;
      const std::uint64_t pages = area.bytes() / kPageBytes;
      const std::uint64_t from = std::max(first, area.offset_pages);
      const std::uint64_t to = std::min(end, area.offset_pages + pages);
      if (from >= to) continue;
      const std::uint64_t base = area.start - area.offset_pages * kPageBytes;
      if (copies == PrivateCopies::go) memory->drop_pages(base + from * kPageBytes, base + to * kPageBytes);
      else memory->drop_file_pages(base + from * kPageBytes, base + to * kPageBytes);
    }
  });
}

namespace {

bool shared_for_writing(const Inode& inode) {
  bool found = false;
  registry().for_each_process([&](const Process& process) {
    const Thread* const thread = process.leader();
    if (thread == nullptr || !thread->memory) return;
    for (const Area& area : thread->memory->areas().all())
      found = found || (area.shared && area.may_write && area.backing && area.backing->inode() == &inode);
  });
  return found;
}

}  // namespace

void watch_mapped_files() {
  mapped_for_writing_hook = [](const Inode& inode) { return shared_for_writing(inode); };
  mapped_pages_changed = [](const Inode& inode, std::uint64_t first, std::uint64_t end, PrivateCopies copies) {
    const auto place = place_of(inode);
    if (place != mapped.end() && place->inode == &inode) forget_mapped_pages(&inode, first, end, copies);
  };
}

void add_mapping(const Inode& inode) {
  const auto place = place_of(inode);
  if (place != mapped.end() && place->inode == &inode) ++place->count;
  else mapped.insert(place, {.inode = &inode, .count = 1});
}

void remove_mapping(const Inode& inode) {
  const auto place = place_of(inode);
  if (place != mapped.end() && place->inode == &inode && --place->count == 0) mapped.erase(place);
}

}  // namespace tessera::lx
