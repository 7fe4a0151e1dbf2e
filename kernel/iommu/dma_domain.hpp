// SPDX-License-Identifier: Apache-2.0
// DmaDomain: what devices reach of memory. Tables in the IOMMU's format, the pool that they
// come from, the Memory capabilities whose frames are in them, and the devices that are in it.
//
// A device's address of memory is its physical address, and no two attachments overlap: so
// what is in the tables for a frame is of the one attachment in whose range it lies, and
// goes with it. An attachment is filled from its begin to its end and emptied from its end
// to its begin; `filled` says how far it is.
//
// What left the tables may still be in the IOMMU's caches: the memory, the tables' pages and
// the domain's number are not anyone else's before it was told to forget it, and did.
//
// Everything here is done under object_lock.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "dma_units.hpp"
#include "kernel/memory/page_pool.hpp"
#include "kernel/object/header.hpp"
#include "kernel/object/slot.hpp"
#include "kernel/support/list.hpp"
#include "kernel/support/lock.hpp"
#include "kernel/support/result.hpp"

namespace tessera::nucleus {

struct Namespace;
struct Way;

inline constexpr std::uint64_t kObjectDomainBytes = 8192;

class DmaDomain {
 public:
  using Table = std::array<std::uint64_t, 512>;

 private:
  Table root_;  // first: the hardware wants it page-aligned
  alignas(64) DmaUnits::Context context_;

 public:
  DmaDomain();  // in zeroed memory, aligned to its size

  // Entries that a step writes or clears, at most.
  static constexpr unsigned kEntriesPerStep = 512;

  [[nodiscard]] Result<void> donate(Slot& untyped, const Way& way) REQUIRES(object_lock);
  // The number of an attachment that fill_step is to fill.
  [[nodiscard]] Result<unsigned> attach(Slot& memory, std::uint8_t rights, const Way& way) REQUIRES(object_lock);
  [[nodiscard]] bool fill_step(unsigned number) REQUIRES(object_lock);
  [[nodiscard]] Slot* attachment(std::uint64_t number);

  // Ends: each does a bounded step and answers whether nothing is left to do.
  [[nodiscard]] bool empty_step(const Slot& attachment) REQUIRES(object_lock);
  // Nothing reaches anything by this domain any more, and its tables are nobody's.
  [[nodiscard]] bool end_step() REQUIRES(object_lock);
  // What is known of the domain is forgotten. False: not yet.
  [[nodiscard]] bool forget_step() REQUIRES(object_lock);

  // Devices (devices.cpp).
  [[nodiscard]] Result<void> prepare_for_device() REQUIRES(object_lock);
  void must_forget() { stale_ = true; }
  void describe(std::uint32_t number);  // writes the context
  [[nodiscard]] PhysAddr root() const { return physical(&root_); }
  [[nodiscard]] PhysAddr context() const { return physical(&context_); }
  std::uint32_t id = 0;  // at the IOMMU; 0: no device is in it
  std::uint32_t devices = 0;

  [[nodiscard]] const PagePool& pool() const { return pool_; }
  [[nodiscard]] Slot& self() { return self_; }
  [[nodiscard]] ObjectHeader& header() { return header_; }
  [[nodiscard]] std::span<Slot> donations() { return donations_; }
  [[nodiscard]] std::span<Slot> attachments() { return attachments_; }
  // The leaf that a device's access to an address finds; for tests.
  [[nodiscard]] std::optional<std::uint64_t> leaf_of(PhysAddr address);

  Namespace* member_of = nullptr;
  ListLink<DmaDomain> member_link;
  ListLink<DmaDomain> dying_link;
  bool dying = false;

 private:
  // The entries that lead to an address, from the root's down to the one that is no table.
  struct Path {
    std::array<std::uint64_t*, 4> entries{};  // by level
    unsigned level = 0;                       // of the last
    [[nodiscard]] std::uint64_t& last() const { return *entries[level]; }
  };
  [[nodiscard]] Path find(PhysAddr address);
  void set_entry(PhysAddr address, unsigned level, std::uint64_t leaf);
  void prune(const Path& path);
  // Pages that attachments may still take which are not filled.
  [[nodiscard]] std::uint64_t promised() const;

  ObjectHeader header_;
  PagePool pool_;
  bool stale_ = false;                     // the IOMMU may know what is not so any more
  bool has_doorbell_ = false;
  std::optional<std::uint32_t> ticket_;    // of what it was asked to forget
  std::array<std::uint64_t, abi::kMaxDmaAttachments> filled_{};  // bytes, from the begin
  Slot self_{.home = Home::self, .holder = this};
  std::array<Slot, 16> donations_;
  std::array<Slot, abi::kMaxDmaAttachments> attachments_;
};
static_assert(sizeof(DmaDomain) <= kObjectDomainBytes);

}  // namespace tessera::nucleus
