// SPDX-License-Identifier: Apache-2.0
// An area: a range of an address space whose pages have the same rights and come
// from the same place (Linux: VMA). AreaSet keeps those of one space, ordered and
// without overlap; neighbours that could be one area are one.
//
// Pure bookkeeping: nothing here touches frames or page tables.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "components/linux/core/errno.hpp"
#include "components/linux/memory/backing.hpp"

namespace tessera::lx {

// PROT_* of Linux. The last is AArch64's alone, and never without one of the others.
inline constexpr std::uint32_t kProtRead = 1, kProtWrite = 2, kProtExecute = 4, kProtBranchTargets = 0x10;

enum class AreaKind : std::uint8_t { plain, heap, stack, vdso, vvar };

// What set_mempolicy and mbind asked for: kept and told. A container is one node.
struct MemoryPolicy {
  std::uint16_t mode = 0;  // MPOL_* with its flags; 0: the default
  bool names_node = false;
  bool operator==(const MemoryPolicy&) const = default;
};

struct Area {
  std::uint64_t start = 0, end = 0;  // bytes, page-aligned
  std::uint32_t protection = 0;      // kProt*
  bool shared = false;
  bool grows_down = false;
  // What mprotect may add: a shared mapping of a file that was not opened for
  // writing can never be written.
  bool may_write = true;
  // vfork and fork: MADV_DONTFORK, MADV_WIPEONFORK.
  bool dont_fork = false, wipe_on_fork = false;
  // Nothing is ever taken out of memory: what mlock asked for is counted, and kept
  // from MADV_DONTNEED. `lock_on_fault`: pages that nobody touched yet may stay out.
  bool locked = false, lock_on_fault = false;
  MemoryPolicy policy;      // mbind
  bool no_reserve = false;  // MAP_NORESERVE: may be larger than the memory
  AreaKind kind = AreaKind::plain;
  std::uint64_t offset_pages = 0;  // of `start` in the backing
  Ref<Backing> backing;            // null: private zero pages

  [[nodiscard]] std::uint64_t bytes() const { return end - start; }
  // Index in the backing of the page at `address`.
  [[nodiscard]] std::uint64_t backing_page(std::uint64_t address) const {
    return offset_pages + (address - start) / kPageBytes;
  }
  // All but the range agrees, and `next` continues where this ends.
  [[nodiscard]] bool continued_by(const Area& next) const;
  // What RLIMIT_DATA counts.
  [[nodiscard]] bool is_data() const { return (protection & kProtWrite) != 0 && !shared && !grows_down; }
};

class AreaSet {
 public:
  [[nodiscard]] Area* find(std::uint64_t address);
  // The first area that ends behind `address`; null when there is none.
  [[nodiscard]] Area* at_or_after(std::uint64_t address);
  // Adds an area to a free range.
  void insert(Area area);
  // Cuts areas so that none crosses `start` or `end`.
  void cut(std::uint64_t start, std::uint64_t end);
  // Takes out everything in the range.
  void remove(std::uint64_t start, std::uint64_t end);
  // Joins neighbours around the range that became alike.
  void merge(std::uint64_t start, std::uint64_t end);
  [[nodiscard]] bool free(std::uint64_t start, std::uint64_t end) const;
  // No hole in the range.
  [[nodiscard]] bool covered(std::uint64_t start, std::uint64_t end) const;
  // Highest free range of `bytes` in [low, high); 0 when there is none. Keeps
  // `guard` bytes below areas that grow down.
  [[nodiscard]] std::uint64_t find_gap(std::uint64_t bytes, std::uint64_t low, std::uint64_t high,
                                       std::uint64_t guard) const;
  // Bytes in the range that belong to areas of which `counts` is true.
  template <typename Counts>
  [[nodiscard]] std::uint64_t bytes_of(std::uint64_t start, std::uint64_t end, Counts counts) const {
    std::uint64_t bytes = 0;
    for (std::size_t i = first_behind(start); i < areas_.size() && areas_[i].start < end; ++i)
      if (counts(areas_[i]))
        bytes += (areas_[i].end < end ? areas_[i].end : end) - (areas_[i].start > start ? areas_[i].start : start);
    return bytes;
  }
  [[nodiscard]] std::uint64_t total_bytes() const { return total_bytes_; }
  [[nodiscard]] std::uint64_t peak_bytes() const { return peak_bytes_; }
  void forget_peak() { peak_bytes_ = total_bytes_; }
  [[nodiscard]] std::size_t size() const { return areas_.size(); }
  // Stretches the area that begins at `start` down to `new_start` (stack growth).
  void extend_down(std::uint64_t start, std::uint64_t new_start);

  // Calls visit(area) for each area with a part in the range. The visitor may
  // change all but start and end, and must not change the set.
  template <typename Visit>
  void for_each(std::uint64_t start, std::uint64_t end, Visit visit) {
    for (std::size_t i = first_behind(start); i < areas_.size() && areas_[i].start < end; ++i) visit(areas_[i]);
  }
  [[nodiscard]] const std::vector<Area>& all() const { return areas_; }

 private:
  // Index of the first area that ends behind `address`.
  [[nodiscard]] std::size_t first_behind(std::uint64_t address) const;
  void split(std::uint64_t address);

  std::vector<Area> areas_;
  std::uint64_t total_bytes_ = 0, peak_bytes_ = 0;
  mutable std::size_t last_ = 0;
};

}  // namespace tessera::lx
