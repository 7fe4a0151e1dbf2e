// SPDX-License-Identifier: Apache-2.0
// Page tables: walking, mapping, unmapping, copying. Four levels of 512 entries;
// level 0 holds 4 KiB leaves, level 1 tables or 2 MiB leaves.
#include "kernel/memory/address_space.hpp"

#include <algorithm>
#include <atomic>

#include "kernel/sched/cores.hpp"

namespace tessera::nucleus {

using arch::Pte;

static constexpr std::uint64_t kLargePages = 512;
static constexpr std::uint64_t kLowestAddress = 0x10000;  // nothing is mapped below, so that null pointers fault

static unsigned index_of(VirtAddr address, unsigned level) {
  return static_cast<unsigned>(address.value >> (kPageBits + 9 * level)) & 511u;
}
static AddressSpace::Table& table_at(std::uint64_t entry) { return *direct<AddressSpace::Table>(Pte::address(entry)); }

// Pages from `address` to the end of the entry of `level` that covers it.
static std::uint64_t pages_to_end(VirtAddr address, unsigned level) {
  const std::uint64_t span = std::uint64_t{1} << (9 * level);
  return span - ((address.value >> kPageBits) & (span - 1));
}

// Nothing but the guest's half and the component half may be mapped by anyone.
static bool range_allowed(VirtAddr address, std::uint64_t pages, bool guest) {
  if (!aligned(address.value, kPageBytes) || pages == 0 || pages > (std::uint64_t{1} << 35)) return false;
  const std::uint64_t end = address.value + pages * kPageBytes;
  if (end < address.value) return false;
  if (address.value >= kLowestAddress && end <= abi::kGuestLimit) return true;
  return !guest && address.value >= abi::kComponentBase && end <= abi::kComponentLimit;
}

AddressSpace::AddressSpace() {
  arch::copy_nucleus_entries(host_root_);
  arch::copy_nucleus_entries(guest_root_);
  host_root_at_ = physical(&host_root_);
  guest_root_at_ = physical(&guest_root_);
  tag_.start(host_root_at_, guest_root_at_);
  for (Slot& slot : donations_) {
    slot.home = Home::pool;
    slot.holder = this;
  }
  for (Slot& slot : attachments_) {
    slot.home = Home::attachment;
    slot.holder = this;
  }
}

void AddressSpace::set_root_entry(unsigned index, std::uint64_t entry) {
  host_root_[index] = entry;
  if (index < 256) {
    guest_root_[index] = entry;
    return;
  }
  for (AddressSpace* guest = guests_.front(); guest != nullptr; guest = Guests::next(*guest)) {
    guest->host_root_[index] = entry;
  }
}

// The entry of `level` for an address; makes the tables above it.
Result<std::uint64_t*> AddressSpace::entry_for(VirtAddr address, unsigned level) {
  Table* table = &host_root_;
  for (unsigned at = 3; at > level; --at) {
    const unsigned index = index_of(address, at);
    std::uint64_t entry = (*table)[index];
    if (!Pte::used(entry)) {
      entry = Pte::table(TRY(pool_.take()));
      if (at == 3) {
        set_root_entry(index, entry);
      } else {
        (*table)[index] = entry;
      }
    } else if (Pte::is_leaf(entry, at)) {
      if (level == 1) return &(*table)[index];
      TRY(split((*table)[index], address));
      entry = (*table)[index];
    }
    table = &table_at(entry);
  }
  return &(*table)[index_of(address, level)];
}

// Pages from `address` on that unused entries of one table cover, at least one entry. In a
// root not beyond the half: the other one's entries are a host's to change meanwhile.
static std::uint64_t unused_pages(const AddressSpace::Table& table, VirtAddr address, unsigned level) {
  unsigned next = index_of(address, level) + 1;
  const unsigned first = next;
  const std::size_t end = level == 3 && first <= table.size() / 2 ? table.size() / 2 : table.size();
  while (next < end && !Pte::used(table[next])) ++next;
  return pages_to_end(address, level) + (std::uint64_t{next - first} << (9 * level));
}

// The leaf that maps an address, or how many pages can be passed over.
AddressSpace::Leaf AddressSpace::find(VirtAddr address, std::uint64_t& skip) {
  Table* table = &host_root_;
  for (unsigned level = 3;; --level) {
    std::uint64_t& entry = (*table)[index_of(address, level)];
    if (!Pte::used(entry)) {
      skip = unused_pages(*table, address, level);
      return {};
    }
    if (level == 0 || Pte::is_leaf(entry, level)) return {&entry, level == 0 ? 1 : kLargePages};
    table = &table_at(entry);
  }
}

// Turns a 2 MiB leaf into a table of 4 KiB leaves.
Result<void> AddressSpace::split(std::uint64_t& entry, VirtAddr address) {
  const PhysAddr page = TRY(pool_.take());
  Table& table = *direct<Table>(page);
  for (std::uint64_t i = 0; i < 512; ++i) table[i] = Pte::small_part(entry, i);
  (void)arch::replace_entry(entry, Pte::table(page), address);  // what is cached says the same
  return {};
}

// To guard is no access: it needs no right.
static bool allows(const Slot& memory, std::uint8_t rights) { return (rights & ~(memory.rights | abi::kMapGuarded)) == 0; }

Result<PhysAddr> AddressSpace::frame_of(unsigned number, std::uint64_t offset, std::uint8_t rights, std::uint64_t bytes,
                                        bool& device) {
  AddressSpace& owner = host_ != nullptr ? *host_ : *this;
  const Slot* memory = owner.attachment(number);
  // Without any right it is being detached: nothing may be mapped behind the sweep.
  if (memory == nullptr || memory->rights == 0) return fail(Error::no_attachment);
  if (offset > memory->extra || bytes > memory->extra - offset) return fail(Error::bad_argument);
  if (!allows(*memory, rights)) return fail(Error::no_right);
  if ((rights & abi::kRightWrite) != 0 && (rights & abi::kRightExecute) != 0 && !is_guest()) return fail(Error::no_right);
  device = (memory->badge & kMemoryDevice) != 0;
  return PhysAddr{memory->object + offset};
}

Slot* AddressSpace::attachment(std::uint64_t number) {
  if (number >= attachments_.size() || attachments_[number].empty()) return nullptr;
  return &attachments_[number];
}

bool AddressSpace::flush(VirtAddr address, std::uint64_t count) {
  arch::publish_tables();
  const std::uint64_t root = arch::current_root().value;
  const bool here = root == host_root().value || root == guest_root().value;
  if (here || !is_guest()) arch::flush_range(address, count);
  arch::out_of_date(tag_, here, has_guests());
  if (!several_cores) [[likely]] return false;
  if (this_core().holds != 0) {
    flush_elsewhere();
    return false;
  }
  // A core tells its root before it loads it: one that does not tell this space's by now
  // will find the tables as they are now.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  for (unsigned i = 0; i < core_count(); ++i)
    if (const Core& core = *all_cores[i]; &core != &this_core() && may_be_cached_on(core)) stale_ = true;
  return stale_;
}

void AddressSpace::settle() {
  if (stale_) forget_translations();
}

void AddressSpace::forget_translations() {
  arch::flush_all();
  arch::out_of_date(tag_, false, has_guests());
  flush_elsewhere();
  stale_ = false;
  pool_.give_back_retired();
}

bool AddressSpace::may_be_cached_on(const Core& core) const {
  const PhysAddr root = arch::root_of(core.block);
  if (root == arch::own_root()) return false;  // it has none
  return root == host_root() || root == guest_root() || has_guests();
}

// A core that halts leaves its address space, and comes back to it with an empty cache.
// What a host maps its guests' cores may have cached as well: threads with this space.
void AddressSpace::flush_elsewhere() {
  halt_others(cores, [this](const Core& core) {
    if (is_guest()) return may_be_cached_on(core);
    return arch::root_of(core.block) != arch::own_root() && (core.current() == nullptr || core.current()->space == this);
  });
}

// Guarded alone would be an access that nobody gave.
static bool sensible(std::uint8_t rights) {
  constexpr std::uint8_t kKnown = abi::kRightRead | abi::kRightWrite | abi::kRightExecute | abi::kMapGuarded;
  return (rights & ~kKnown) == 0 && rights != abi::kMapGuarded;
}

Result<AddressSpace::Progress> AddressSpace::map(VirtAddr address, unsigned number, std::uint64_t offset, std::uint64_t count,
                                                 std::uint8_t rights) {
  if (!range_allowed(address, count, is_guest()) || !aligned(offset, kPageBytes)) return fail(Error::bad_argument);
  if (!sensible(rights) || dying) return fail(Error::bad_argument);
  bool device = false;
  const PhysAddr first = TRY(frame_of(number, offset, rights, count * kPageBytes, device));
  Progress progress;
  std::uint64_t steps = 0;
  while (progress.pages < count && steps++ < kPagesPerStep) {
    const VirtAddr at = address.plus(progress.pages * kPageBytes);
    const PhysAddr frame = first.plus(progress.pages * kPageBytes);
    const bool large = !device && count - progress.pages >= kLargePages && aligned(at.value | frame.value, kLargePages * kPageBytes);
    std::uint64_t* entry = TRY(entry_for(at, large ? 1 : 0));
    if (Pte::used(*entry)) return fail(Error::already_mapped);
    *entry = Pte::leaf(frame, rights, number, large, device);
    if ((rights & abi::kRightExecute) != 0) arch::make_executable(frame, (large ? kLargePages : 1) * kPageBytes);
    progress.pages += large ? kLargePages : 1;
  }
  arch::publish_tables();
  progress.affected = progress.pages;
  return progress;
}

Result<bool> AddressSpace::map_page(VirtAddr address, unsigned number, std::uint64_t offset, std::uint8_t rights) {
  if (!range_allowed(address, 1, is_guest()) || !sensible(rights) || dying) return fail(Error::bad_argument);
  bool device = false;
  const PhysAddr frame = TRY(frame_of(number, offset, rights, kPageBytes, device));
  std::uint64_t* entry = TRY(entry_for(address, 0));
  if ((rights & abi::kRightExecute) != 0) arch::make_executable(frame, kPageBytes);
  const std::uint64_t leaf = Pte::leaf(frame, rights, number, false, device);
  if (!Pte::used(*entry)) {
    *entry = leaf;
    arch::publish_tables();
    return false;
  }
  if (arch::replace_entry(*entry, leaf, address)) return false;
  return flush(address, 1);
}

void AddressSpace::free_table(std::uint64_t& entry, unsigned level) {
  pool_.retire(Pte::address(entry));
  if (level == 3) {
    for (unsigned i = 0; i < 512; ++i) {
      if (&host_root_[i] == &entry) return set_root_entry(i, 0);
    }
  }
  entry = 0;
}

Result<AddressSpace::Progress> AddressSpace::unmap(VirtAddr address, std::uint64_t count) {
  // From address 0 too, where nothing is: a whole guest is unmapped in one call.
  const std::uint64_t low = address.value < kLowestAddress ? std::min((kLowestAddress - address.value) / kPageBytes, count) : 0;
  if (low < count && !range_allowed(address.plus(low * kPageBytes), count - low, is_guest())) return fail(Error::bad_argument);
  Progress progress;
  bool changed = false;
  const auto done = unmap_step(address, count, progress, changed);
  if (changed) progress.stale = flush(address, progress.pages);
  if (!progress.stale) pool_.give_back_retired();
  if (!done && !progress.stale) return fail(done.error());
  progress.affected = progress.pages;
  return progress;
}

Result<void> AddressSpace::unmap_step(VirtAddr address, std::uint64_t count, Progress& progress, bool& changed) {
  for (std::uint64_t steps = 0; progress.pages < count && steps < kPagesPerStep; ++steps) {
    const VirtAddr at = address.plus(progress.pages * kPageBytes);
    const std::uint64_t left = count - progress.pages;
    Table* table = &host_root_;
    unsigned level = 3;
    std::uint64_t* entry = &(*table)[index_of(at, level)];
    while (level > 1 && Pte::used(*entry)) {
      table = &table_at(*entry);
      entry = &(*table)[index_of(at, --level)];
    }
    if (!Pte::used(*entry)) {
      progress.pages += std::min(unused_pages(*table, at, level), left);
      continue;
    }
    const bool whole = aligned(at.value, kLargePages * kPageBytes) && left >= kLargePages;
    if (Pte::is_leaf(*entry, 1)) {
      if (!whole) {
        TRY(split(*entry, at));
        continue;
      }
      *entry = 0;
      changed = true;
      progress.pages += kLargePages;
    } else if (whole) {
      // A table whose whole range lies in the request goes back to the pool.
      free_table(*entry, 1);
      changed = true;
      progress.pages += kLargePages;
    } else {
      changed = true;
      Table& leaves = table_at(*entry);
      const unsigned first = index_of(at, 0);
      const auto last = static_cast<unsigned>(std::min<std::uint64_t>(512, first + left));
      for (unsigned i = first; i < last; ++i) leaves[i] = 0;
      progress.pages += last - first;
      steps += (last - first) / 16;
    }
  }
  return {};
}

Result<AddressSpace::Progress> AddressSpace::protect(VirtAddr address, std::uint64_t count, std::uint8_t rights) {
  if (!range_allowed(address, count, is_guest()) || !sensible(rights)) return fail(Error::bad_argument);
  if ((rights & abi::kRightWrite) != 0 && (rights & abi::kRightExecute) != 0 && !is_guest()) return fail(Error::no_right);
  Progress progress;
  const auto done = protect_step(address, count, rights, progress);
  if (progress.affected > 0) progress.stale = flush(address, progress.pages);
  if (!done && !progress.stale) return fail(done.error());
  return progress;
}

Result<void> AddressSpace::protect_step(VirtAddr address, std::uint64_t count, std::uint8_t rights, Progress& progress) {
  AddressSpace& owner = host_ != nullptr ? *host_ : *this;
  std::uint64_t steps = 0;
  while (progress.pages < count && steps++ < kPagesPerStep) {
    const VirtAddr at = address.plus(progress.pages * kPageBytes);
    const std::uint64_t left = count - progress.pages;
    std::uint64_t skip = 1;
    Leaf leaf = find(at, skip);
    if (leaf.entry == nullptr) {
      progress.pages += std::min(skip, left);
      continue;
    }
    const Slot* memory = owner.attachment(Pte::attachment(*leaf.entry));
    if (memory == nullptr || !allows(*memory, rights)) return fail(Error::no_right);
    if (leaf.pages > 1 && (left < leaf.pages || !aligned(at.value, leaf.pages * kPageBytes))) {
      TRY(split(*leaf.entry, at));
      leaf = find(at, skip);
    }
    if ((rights & abi::kRightExecute) != 0) arch::make_executable(Pte::address(*leaf.entry), leaf.pages * kPageBytes);
    *leaf.entry = Pte::with_rights(*leaf.entry, rights);
    progress.pages += leaf.pages;
    progress.affected += leaf.pages;
  }
  return {};
}

Result<AddressSpace::Progress> AddressSpace::copy_range(AddressSpace& source, VirtAddr address, std::uint64_t count,
                                                        bool copy_on_write) {
  if (!range_allowed(address, count, true)) return fail(Error::bad_argument);
  // Both name frames by attachments of the same host, so an entry means the same in both.
  if (host_ == nullptr || source.host_ != host_ || &source == this || dying) return fail(Error::no_attachment);
  Progress progress;
  bool source_changed = false;
  const auto done = copy_step(source, address, count, copy_on_write, progress, source_changed);
  arch::publish_tables();
  if (source_changed) progress.stale = source.flush(address, progress.pages);
  if (!done && !progress.stale) return fail(done.error());
  return progress;
}

Result<void> AddressSpace::copy_step(AddressSpace& source, VirtAddr address, std::uint64_t count, bool copy_on_write,
                                     Progress& progress, bool& source_changed) {
  std::uint64_t steps = 0;
  while (progress.pages < count && steps < kPagesPerStep) {
    const VirtAddr at = address.plus(progress.pages * kPageBytes);
    const std::uint64_t left = count - progress.pages;
    std::uint64_t skip = 1;
    Leaf leaf = source.find(at, skip);
    if (leaf.entry == nullptr) {
      progress.pages += std::min(skip, left);
      ++steps;
      continue;
    }
    if (leaf.pages > 1) TRY(source.split(*leaf.entry, at));
    // One table of the source at a time, entry by entry into its counterpart.
    Table& from = table_at(*TRY(source.entry_for(at, 1)));
    std::uint64_t* to_entry = TRY(entry_for(at, 1));
    if (Pte::used(*to_entry) && Pte::is_leaf(*to_entry, 1)) TRY(split(*to_entry, at));
    if (!Pte::used(*to_entry)) *to_entry = Pte::table(TRY(pool_.take()));
    Table& to = table_at(*to_entry);
    const unsigned first = index_of(at, 0);
    const unsigned last = static_cast<unsigned>(std::min<std::uint64_t>(512, first + left));
    for (unsigned i = first; i < last; ++i) {
      std::uint64_t entry = from[i];
      // What is being detached is not carried behind the sweep.
      if (entry == 0 || Pte::attachment(entry) == host_->sweep_attachment_) continue;
      if (copy_on_write && Pte::writable(entry)) {
        entry = Pte::without_write(entry);
        from[i] = entry;
        source_changed = true;
      }
      to[i] = Pte::for_copy(entry);
      ++progress.affected;
    }
    steps += last - first;
    progress.pages += last - first;
  }
  return {};
}

bool AddressSpace::sweep_own(unsigned number) {
  reach(cores);
  std::uint64_t steps = 0;
  while (steps++ < kPagesPerStep) {
    // Guest half first, then the component half.
    if (sweep_position_ >= abi::kGuestLimit && sweep_position_ < abi::kComponentBase) sweep_position_ = abi::kComponentBase;
    if (sweep_position_ >= abi::kComponentLimit || (is_guest() && sweep_position_ >= abi::kComponentBase)) {
      sweep_position_ = 0;
      forget_translations();
      return true;
    }
    std::uint64_t skip = 1;
    const Leaf leaf = find(VirtAddr{sweep_position_}, skip);
    if (leaf.entry == nullptr) {
      // Not past the end of the half: what is unused may reach to the end of all addresses.
      const std::uint64_t end = sweep_position_ < abi::kGuestLimit ? abi::kGuestLimit : abi::kComponentLimit;
      sweep_position_ += std::min(skip * kPageBytes, end - sweep_position_);
      continue;
    }
    if (Pte::attachment(*leaf.entry) == number) *leaf.entry = 0;
    sweep_position_ += leaf.pages * kPageBytes;
  }
  return false;
}

void AddressSpace::sweep_guest_from(AddressSpace* guest) {
  sweep_guest_ = guest;
  if (guest != nullptr) guest->sweep_position_ = 0;
}

// One sweep at a time: one that was begun for another attachment is finished first,
// so that two threads that detach do not undo each other's progress. A flag of the
// attachment tells that it was swept; nothing can be mapped through it after that.
bool AddressSpace::sweep_step(Slot& slot) {
  if ((slot.badge & kMemorySwept) != 0) return true;
  if (sweep_attachment_ == kNoSweep) {
    sweep_attachment_ = 0;
    while (&attachments_[sweep_attachment_] != &slot) ++sweep_attachment_;
    sweep_position_ = 0;
    sweep_guest_from(guests_.front());
  }
  const auto number = static_cast<unsigned>(sweep_attachment_);
  if (sweep_guest_ != nullptr) {
    if (sweep_guest_->sweep_own(number)) sweep_guest_from(Guests::next(*sweep_guest_));
    return false;
  }
  if (!sweep_own(number)) return false;
  attachments_[number].badge |= kMemorySwept;
  sweep_attachment_ = kNoSweep;
  return (slot.badge & kMemorySwept) != 0;
}

bool AddressSpace::clear_step() {
  reach(cores);
  std::uint64_t steps = 0;
  const unsigned last = is_guest() ? 255u : 383u;
  for (unsigned root_index = 0; root_index <= last; ++root_index) {
    std::uint64_t& root_entry = host_root_[root_index];
    if (!Pte::used(root_entry)) continue;
    Table& directory = table_at(root_entry);
    for (std::uint64_t& level2 : directory) {
      if (!Pte::used(level2)) continue;
      for (std::uint64_t& level1 : table_at(level2)) {
        if (!Pte::used(level1)) continue;
        if (!Pte::is_leaf(level1, 1)) pool_.give_back(Pte::address(level1));
        level1 = 0;
        if (++steps >= kPagesPerStep / 8) return false;
      }
      pool_.give_back(Pte::address(level2));
      level2 = 0;
    }
    free_table(root_entry, 3);
  }
  forget_translations();
  return true;
}

}  // namespace tessera::nucleus
