// SPDX-License-Identifier: Apache-2.0
#include "kernel/iommu/dma_domain.hpp"

#include <algorithm>

#include "kernel/iommu/devices.hpp"
#include "kernel/memory/donation.hpp"
#include "kernel/object/derive.hpp"

namespace tessera::nucleus {

using Entry = DmaUnits::Entry;

static constexpr std::uint64_t kLargeBytes = 512 * kPageBytes;

static unsigned index_of(PhysAddr address, unsigned level) {
  return static_cast<unsigned>(address.value >> (kPageBits + 9 * level)) & 511u;
}

static void write(std::uint64_t& entry, std::uint64_t value) {
  __atomic_store_n(&entry, value, __ATOMIC_RELEASE);  // what a new table holds is there before it can be found
  dma_units.publish(&entry, sizeof entry);
}

DmaDomain::DmaDomain() {
  for (Slot& slot : donations_) {
    slot.home = Home::dma_pool;
    slot.holder = this;
  }
  for (Slot& slot : attachments_) {
    slot.home = Home::dma_attachment;
    slot.holder = this;
  }
  dma_units.publish(&root_, sizeof root_);
}

void DmaDomain::describe(std::uint32_t number) {
  dma_units.describe(context_, root(), number);
  dma_units.publish(&context_, sizeof context_);
}

Slot* DmaDomain::attachment(std::uint64_t number) {
  if (number >= attachments_.size() || attachments_[number].empty()) return nullptr;
  return &attachments_[number];
}

Result<void> DmaDomain::donate(Slot& untyped, const Way& way) {
  if (dying) return fail(Error::busy);
  return nucleus::donate(untyped, donations_, pool_, member_of, way);
}

// Tables that a range takes if none is there yet: its ends may share theirs with others.
static std::uint64_t tables_for(std::uint64_t start, std::uint64_t bytes) {
  std::uint64_t count = 0;
  for (unsigned level = 0; level + 1 < dma_units.levels(); ++level) {
    const unsigned shift = kPageBits + 9 * (level + 1);
    const std::uint64_t tables = ((start + bytes - 1) >> shift) - (start >> shift) + 1;
    // With large leaves only the ends need the smallest.
    count += level == 0 && dma_units.large() ? std::min<std::uint64_t>(tables, 2) : tables;
  }
  return count;
}

std::uint64_t DmaDomain::promised() const {
  std::uint64_t pages = 0;
  for (std::size_t i = 0; i < attachments_.size(); ++i) {
    const Slot& slot = attachments_[i];
    if (!slot.empty() && slot.rights != 0 && filled_[i] < slot.extra) pages += tables_for(slot.object, slot.extra);
  }
  return pages;
}

Result<unsigned> DmaDomain::attach(Slot& memory, std::uint8_t rights, const Way& way) {
  if (!dma_units.present()) return fail(Error::unsupported);
  if (dying) return fail(Error::busy);
  const std::uint8_t kept = rights & memory.rights;
  if ((kept & abi::kRightRead) == 0) return fail(Error::no_right);
  const std::uint64_t start = memory.object, end = start + memory.extra;
  if ((memory.badge & kMemoryDevice) != 0 || end > dma_units.limit()) return fail(Error::bad_argument);
  for (const Slot& other : attachments_) {
    if (!other.empty() && start < other.object + other.extra && other.object < end) return fail(Error::overlap);
  }
  const auto free = std::ranges::find_if(attachments_, &Slot::empty);
  if (free == attachments_.end()) return fail(Error::no_attachment);
  if (pool_.free() < promised() + tables_for(start, memory.extra)) return fail(Error::no_page_tables);
  TRY(derive(memory, *free, {.rights = static_cast<std::uint8_t>(abi::kRightRead | (kept & abi::kRightWrite))}, way));
  const auto number = static_cast<unsigned>(free - attachments_.begin());
  filled_[number] = 0;
  return number;
}

DmaDomain::Path DmaDomain::find(PhysAddr address) {
  Path path;
  Table* table = &root_;
  for (unsigned level = dma_units.levels() - 1;; --level) {
    std::uint64_t& entry = (*table)[index_of(address, level)];
    path.entries[level] = &entry;
    path.level = level;
    if (entry == 0 || Entry::is_leaf(entry, level)) return path;
    table = direct<Table>(Entry::address(entry));
  }
}

// The tables above it come from the pool, which was found to have them.
void DmaDomain::set_entry(PhysAddr address, unsigned level, std::uint64_t leaf) {
  for (Path path = find(address); path.level > level; path = find(address)) {
    const PhysAddr table = unwrap(pool_.take());
    dma_units.publish(direct<std::byte>(table), kPageBytes);
    write(path.last(), Entry::table(table));
  }
  write(find(address).last(), leaf);
}

bool DmaDomain::fill_step(unsigned number) {
  const Slot& slot = attachments_[number];
  std::uint64_t& filled = filled_[number];
  for (unsigned count = 0; filled < slot.extra && count < kEntriesPerStep; ++count) {
    const PhysAddr at{slot.object + filled};
    const bool large = dma_units.large() && aligned(at.value, kLargeBytes) && slot.extra - filled >= kLargeBytes;
    set_entry(at, large ? 1 : 0, Entry::leaf(at, slot.has(abi::kRightWrite), large));
    filled += large ? kLargeBytes : kPageBytes;
    stale_ = stale_ || dma_units.knows_nothing();
  }
  return filled == slot.extra && (!dma_units.knows_nothing() || forget_step());
}

// Gives back the tables on the path that have nothing any more.
void DmaDomain::prune(const Path& path) {
  for (unsigned level = path.level + 1; level < dma_units.levels(); ++level) {
    std::uint64_t& entry = *path.entries[level];
    const Table& table = *direct<Table>(Entry::address(entry));
    if (std::ranges::any_of(table, [](std::uint64_t one) { return one != 0; })) return;
    pool_.retire(Entry::address(entry));
    write(entry, 0);
  }
}

bool DmaDomain::empty_step(const Slot& slot) {
  const auto number = static_cast<std::size_t>(std::ranges::find(attachments_, &slot, [](const Slot& one) { return &one; }) - attachments_.begin());
  std::uint64_t& filled = filled_[number];
  for (unsigned count = 0; filled > 0 && count < kEntriesPerStep; ++count) {
    const PhysAddr last{slot.object + filled - kPageBytes};
    const Path path = find(last);
    write(path.last(), 0);
    stale_ = true;
    filled -= path.level == 0 ? kPageBytes : kLargeBytes;
    if (filled != 0 && index_of(last, path.level) != 0) continue;
    prune(path);
    count += 64;  // looks through tables
  }
  return filled == 0 && forget_step();
}

bool DmaDomain::forget_step() {
  if (id == 0) {  // nobody ever heard of it, or all forgot it
    stale_ = false;
    pool_.give_back_retired();
    return true;
  }
  for (;;) {
    if (ticket_) {
      if (!dma_units.forgotten(*ticket_)) return false;
      ticket_.reset();
      if (!stale_) pool_.give_back_retired();
    }
    if (!stale_) return true;
    ticket_ = dma_units.forget(id);
    if (!ticket_) return false;
    stale_ = false;
  }
}

bool DmaDomain::end_step() {
  dying = true;
  if (!take_all_out_step(*this)) return false;
  arch::zero_page(reinterpret_cast<std::byte*>(&root_));
  filled_ = {};
  pool_.abandon();
  return true;
}

Result<void> DmaDomain::prepare_for_device() {
  const auto doorbell = dma_units.doorbell();
  if (!doorbell || has_doorbell_) return {};
  if (pool_.free() < promised() + tables_for(doorbell->value, kPageBytes)) return fail(Error::no_page_tables);
  set_entry(*doorbell, 0, dma_units.doorbell_leaf(*doorbell));
  has_doorbell_ = true;
  return {};
}

std::optional<std::uint64_t> DmaDomain::leaf_of(PhysAddr address) {
  if (address.value >= dma_units.limit()) return std::nullopt;
  const std::uint64_t entry = find(address).last();
  return entry == 0 ? std::nullopt : std::optional(entry);
}

}  // namespace tessera::nucleus
