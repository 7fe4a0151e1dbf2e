// SPDX-License-Identifier: Apache-2.0
// Which frame each page of an address space holds. Sparse: leaves of 512 pages
// (2 MiB) in a sorted vector; a typical process has fewer than ten.
//
// The map is the truth; the nucleus' page table is a cache of it that may hold
// less (a page not mapped yet) or fewer rights, never more.
//
// Not responsible for references to frames: who enters a frame passes one, who
// takes it out gets it back.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "components/linux/core/frames.hpp"

namespace tessera::lx {

// A page number: address / 4096.
using PageNumber = std::uint64_t;

// One page: empty, or a frame, whether the hardware may write to it, and whether
// the frame is a file's own (not a private copy or anonymous memory).
class PageEntry {
 public:
  PageEntry() = default;
  PageEntry(Frame frame, bool writable, bool of_file = false)
      : raw_((static_cast<std::uint32_t>(frame) & kFrameMask) | kValid | (writable ? kWritable : 0) |
             (of_file ? kOfFile : 0)) {}
  [[nodiscard]] bool valid() const { return raw_ != 0; }
  [[nodiscard]] bool writable() const { return (raw_ & kWritable) != 0; }
  [[nodiscard]] bool of_file() const { return (raw_ & kOfFile) != 0; }
  [[nodiscard]] Frame frame() const { return static_cast<Frame>(raw_ & kFrameMask); }
  void forbid_write() { raw_ &= ~kWritable; }
  bool operator==(const PageEntry&) const = default;

 private:
  static constexpr std::uint32_t kFrameMask = 0x0fff'ffff, kWritable = 0x1000'0000, kOfFile = 0x2000'0000,
                                 kValid = 0x8000'0000;
  std::uint32_t raw_ = 0;
};

class PageMap {
 public:
  static constexpr std::size_t kLeafPages = 512;
  using Leaf = std::array<PageEntry, kLeafPages>;

  PageMap() = default;
  PageMap(const PageMap&) = delete;
  PageMap& operator=(const PageMap&) = delete;

  [[nodiscard]] PageEntry get(PageNumber page) const;
  // Replaces what is there and returns it.
  PageEntry set(PageNumber page, PageEntry entry);
  PageEntry remove(PageNumber page);
  // Pages that hold a frame.
  [[nodiscard]] std::uint64_t count() const { return count_; }

  // Calls visit(page, entry&) for each valid entry in [first, end), in order. The
  // entry may be changed, but not emptied.
  template <typename Visit>
  void for_each(PageNumber first, PageNumber end, Visit visit) {
    for (std::size_t at = lower_bound(first / kLeafPages); at < leaves_.size(); ++at) {
      LeafSlot& slot = leaves_[at];
      const PageNumber base = slot.index * kLeafPages;
      if (base >= end) break;
      slot.for_each_valid(first, end, [&](std::size_t i) { visit(base + i, (*slot.leaf)[i]); });
    }
  }
  // Calls visit(first, pages) for each stretch of [first, end) that holds frames;
  // stretches less than `gap` empty pages apart are one.
  template <typename Visit>
  void for_each_stretch(PageNumber first, PageNumber end, std::uint64_t gap, Visit visit) {
    PageNumber start = 0;
    PageNumber behind = 0;
    for_each(first, end, [&](PageNumber page, const PageEntry&) {
      if (behind == 0) {
        start = page;
      } else if (page - behind >= gap) {
        visit(start, behind - start);
        start = page;
      }
      behind = page + 1;
    });
    if (behind != 0) visit(start, behind - start);
  }
  // Empties [first, end); visit(page, entry) gets each entry taken out.
  template <typename Visit>
  void remove_range(PageNumber first, PageNumber end, Visit visit) {
    std::size_t at = lower_bound(first / kLeafPages);
    while (at < leaves_.size() && leaves_[at].index * kLeafPages < end) {
      LeafSlot& slot = leaves_[at];
      const PageNumber base = slot.index * kLeafPages;
      slot.for_each_valid(first, end, [&](std::size_t i) {
        PageEntry& entry = (*slot.leaf)[i];
        visit(base + i, entry);
        entry = PageEntry();
        slot.empty(i);
        --count_;
      });
      if (slot.used == 0) erase_leaf(at);
      else ++at;
    }
  }

 private:
  struct LeafSlot {
    static constexpr std::size_t kWordBits = 64;

    std::uint64_t index = 0;
    std::uint32_t used = 0;
    // Which entries are valid: walking over few pages costs little.
    std::array<std::uint64_t, kLeafPages / kWordBits> valid{};
    std::unique_ptr<Leaf> leaf;

    void fill(std::size_t i) {
      valid[i / kWordBits] |= std::uint64_t{1} << i % kWordBits;
      ++used;
    }
    void empty(std::size_t i) {
      valid[i / kWordBits] &= ~(std::uint64_t{1} << i % kWordBits);
      --used;
    }
    // Calls visit(i) for each valid entry of this leaf in the pages [first, end).
    template <typename Visit>
    void for_each_valid(PageNumber first, PageNumber end, Visit visit) {
      const PageNumber base = index * kLeafPages;
      const std::size_t from = first > base ? static_cast<std::size_t>(first - base) : 0;
      const std::size_t to = end - base < kLeafPages ? static_cast<std::size_t>(end - base) : kLeafPages;
      for (std::size_t word = from / kWordBits; word * kWordBits < to; ++word) {
        std::uint64_t bits = valid[word];
        if (word == from / kWordBits) bits &= ~std::uint64_t{0} << from % kWordBits;
        if (to - word * kWordBits < kWordBits) bits &= (std::uint64_t{1} << to % kWordBits) - 1;
        for (; bits != 0; bits &= bits - 1) visit(word * kWordBits + static_cast<std::size_t>(std::countr_zero(bits)));
      }
    }
  };
  // First leaf whose index is not below `index`.
  [[nodiscard]] std::size_t lower_bound(std::uint64_t index) const;
  [[nodiscard]] std::size_t find(std::uint64_t index) const;  // leaves_.size() when there is none
  void erase_leaf(std::size_t at);

  std::vector<LeafSlot> leaves_;
  mutable std::size_t last_ = 0;  // where the last find ended: faults come in runs
  std::uint64_t count_ = 0;
};

}  // namespace tessera::lx
