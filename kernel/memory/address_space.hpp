// SPDX-License-Identifier: Apache-2.0
// AddressSpace: page tables, the pool they come from, and the Memory capabilities
// whose frames may be mapped.
//
// Two roots share all tables of the guest's half. The host root also has the
// component half and is what a component runs on; the guest root lacks it and is
// what a guest runs on in the protected view. Both have the nucleus' own entries.
// A guest space (bind_host) takes the component half and the attachments of its
// host; the tables of its guest half come from a pool of its own.
//
// Invariant: each leaf entry carries the number of an attachment that is in use,
// its address lies in that attachment's Memory and its rights are within it.
#pragma once

#include <array>
#include <cstdint>

#include "kernel/memory/page_pool.hpp"
#include "kernel/object/header.hpp"
#include "kernel/object/slot.hpp"
#include "kernel/object/thread.hpp"
#include "kernel/sched/core_set.hpp"
#include "kernel/support/addresses.hpp"
#include "kernel/support/list.hpp"
#include "kernel/support/lock.hpp"
#include "kernel/support/result.hpp"

namespace tessera::nucleus {

inline constexpr std::uint64_t kObjectSpaceBytes = 16384;

struct Core;
struct Way;

class AddressSpace {
 public:
  using Table = std::array<std::uint64_t, 512>;

 private:
  Table host_root_;  // first: the hardware wants it page-aligned
  Table guest_root_;

 public:

  AddressSpace();  // in zeroed memory, aligned to its size

  // Pages a long operation may touch before it must ask for preemption.
  static constexpr std::uint64_t kPagesPerStep = 512;

  // The operations below do at most kPagesPerStep pages of work and say how far
  // they came in `pages`; the caller goes on from there.
  struct Progress {
    std::uint64_t pages = 0;     // of the range that are finished
    std::uint64_t affected = 0;  // of those, mapped / unmapped / copied
    bool stale = false;          // see settle()
  };
  [[nodiscard]] Result<Progress> map(VirtAddr address, unsigned attachment, std::uint64_t offset, std::uint64_t pages,
                                     std::uint8_t rights);
  // One page, replacing what is there. True: see settle().
  [[nodiscard]] Result<bool> map_page(VirtAddr address, unsigned attachment, std::uint64_t offset, std::uint8_t rights);
  [[nodiscard]] Result<Progress> unmap(VirtAddr address, std::uint64_t pages);
  [[nodiscard]] Result<Progress> protect(VirtAddr address, std::uint64_t pages, std::uint8_t rights);
  [[nodiscard]] Result<Progress> copy_range(AddressSpace& source, VirtAddr address, std::uint64_t pages, bool copy_on_write);

  // The operations above are made with the locks of all cores that know this space and its
  // host (reach_users), or, on one of these cores, with its own and this one. Then other
  // cores are not halted: what they may still have cached is told (stale), and the
  // operation is to be made again in the first way, which settles it.
  Lock tables;
  [[nodiscard]] bool knows(unsigned core) const { return cores.has(core) && (host_ == nullptr || host_->cores.has(core)); }
  void reach_users() const REQUIRES(object_lock);
  [[nodiscard]] bool stale() const { return stale_; }
  void settle() REQUIRES(object_lock);

  [[nodiscard]] Result<unsigned> attach(Slot& memory, std::uint8_t rights, const Way& way) REQUIRES(object_lock);
  [[nodiscard]] Result<void> donate(Slot& untyped, const Way& way) REQUIRES(object_lock);
  [[nodiscard]] Result<void> bind_host(Slot& host, bool shared_view, const Way& way) REQUIRES(object_lock);
  [[nodiscard]] Slot* attachment(std::uint64_t number);

  // Ends: each does a bounded step and answers whether nothing is left to do.
  [[nodiscard]] bool sweep_step(Slot& attachment);        // unmap all that an attachment mapped, here and in guests
  [[nodiscard]] bool clear_step();                        // unmap everything, give all tables back
  void unbind_host() REQUIRES(object_lock);
  void abandon_pool() { pool_.abandon(); }
  void seed_pool(PhysAddr page) { pool_.add(page); }  // a page of the nucleus, at boot

  [[nodiscard]] PhysAddr host_root() const { return host_root_at_; }
  [[nodiscard]] PhysAddr guest_root() const { return guest_root_at_; }  // the host root in the shared view
  [[nodiscard]] bool is_guest() const { return host_ != nullptr; }
  [[nodiscard]] const arch::SpaceTag& tag() const { return tag_; }
  [[nodiscard]] const PagePool& pool() const { return pool_; }
  [[nodiscard]] AddressSpace* host() const { return host_; }

  // Guest spaces this one is host of, and itself among another's.
  using Views = List<Thread, &Thread::view_link>;
  Namespace* member_of = nullptr;
  ListLink<AddressSpace> member_link;
  Views views;  // threads whose guest runs here
  ListLink<AddressSpace> guest_link;
  ListLink<AddressSpace> dying_link;
  using Guests = List<AddressSpace, &AddressSpace::guest_link>;

  [[nodiscard]] Slot& self() { return self_; }
  // Nothing was given to it yet.
  [[nodiscard]] bool blank() const;
  [[nodiscard]] bool has_guests() const { return !guests_.empty(); }
  [[nodiscard]] ObjectHeader& header() { return header_; }
  Guests& guests() { return guests_; }
  [[nodiscard]] Slot& host_slot() { return host_slot_; }
  [[nodiscard]] std::span<Slot> donations() { return donations_; }
  [[nodiscard]] std::span<Slot> attachments() { return attachments_; }
  CoreSet cores;  // where threads ran whose space or guest's space this is
  bool dying = false;
  std::uint32_t threads = 0;  // that have this space configured

 private:
  static constexpr std::uint64_t kNoSweep = ~std::uint64_t{0};
  struct Leaf {
    std::uint64_t* entry = nullptr;
    std::uint64_t pages = 0;  // the entry maps
  };
  [[nodiscard]] Result<std::uint64_t*> entry_for(VirtAddr address, unsigned level);
  [[nodiscard]] Leaf find(VirtAddr address, std::uint64_t& skip);
  [[nodiscard]] Result<void> split(std::uint64_t& entry, VirtAddr address);
  void free_table(std::uint64_t& entry, unsigned level);
  [[nodiscard]] bool sweep_own(unsigned number);
  void sweep_guest_from(AddressSpace* guest);
  void set_root_entry(unsigned index, std::uint64_t entry);
  // True: another core may still have what was there.
  [[nodiscard]] bool flush(VirtAddr address, std::uint64_t pages);
  void flush_elsewhere();
  void forget_translations();
  [[nodiscard]] Result<void> unmap_step(VirtAddr address, std::uint64_t count, Progress& progress, bool& changed);
  [[nodiscard]] Result<void> protect_step(VirtAddr address, std::uint64_t count, std::uint8_t rights, Progress& progress);
  [[nodiscard]] Result<void> copy_step(AddressSpace& source, VirtAddr address, std::uint64_t count, bool copy_on_write,
                                       Progress& progress, bool& source_changed);
  [[nodiscard]] bool may_be_cached_on(const Core& core) const;
  [[nodiscard]] Result<PhysAddr> frame_of(unsigned attachment, std::uint64_t offset, std::uint8_t rights, std::uint64_t bytes,
                                          bool& device);

  ObjectHeader header_;
  PhysAddr host_root_at_{}, guest_root_at_{};
  [[no_unique_address]] arch::SpaceTag tag_;
  AddressSpace* host_ = nullptr;
  Guests guests_;
  PagePool pool_;
  std::uint64_t sweep_position_ = 0;   // guest-half and component-half address reached by a sweep or clear
  AddressSpace* sweep_guest_ = nullptr;
  bool stale_ = false;
  std::uint64_t sweep_attachment_ = kNoSweep;  // under way, perhaps preempted
  Slot self_{.home = Home::self, .holder = this};
  Slot host_slot_{.home = Home::host, .holder = this};
  std::array<Slot, 20> donations_;
  std::array<Slot, abi::kMaxAttachments> attachments_;
};
static_assert(sizeof(AddressSpace) <= kObjectSpaceBytes);

}  // namespace tessera::nucleus
