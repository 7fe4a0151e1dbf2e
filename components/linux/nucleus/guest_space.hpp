// SPDX-License-Identifier: Apache-2.0
// A page table for guests: the nucleus' AddressSpace object with the pool its
// tables come from. Making one costs several nucleus calls and memory, so spaces
// that are given back wait, empty, for the next process.
//
// Entries name frames of the personality's own attachments (a guest space
// inherits them by number). Every call adds table memory when the nucleus asks
// for it and fails with ENOMEM only when there is no more.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "components/linux/core/errno.hpp"
#include "components/linux/core/frames.hpp"
#include "components/linux/memory/page_map.hpp"
#include "components/linux/nucleus/table_memory.hpp"

namespace tessera::lx {

// Rights of a mapping, as the nucleus counts them.
inline constexpr std::uint64_t kMapRead = 1, kMapWrite = 2, kMapExecute = 4, kMapGuarded = 8;

class GuestSpace {
 public:
  // Entries of one map call.
  static constexpr std::size_t kMostEntries = 56;

  static Result<GuestSpace*> take();
  // Taken and not given back.
  static std::size_t in_use();
  // Everything was unmapped; the object may be reused at once.
  void give_back();

  // What map() takes: a frame with rights (0 skips the page).
  static std::uint64_t entry(Frame frame, std::uint64_t rights);
  // Maps consecutive pages, replacing what was mapped.
  Result<void> map(PageNumber first, std::span<const std::uint64_t> entries);
  void unmap(PageNumber first, std::uint64_t pages);
  // With all that shares a page table with them: nothing is left there, and the tables are free.
  void unmap_tables(PageNumber first, std::uint64_t pages);
  Result<void> protect(PageNumber first, std::uint64_t pages, std::uint64_t rights);
  // Maps here what `source` has mapped in the range; copy-on-write takes the
  // write right from both.
  Result<void> copy_from(GuestSpace& source, PageNumber first, std::uint64_t pages, bool copy_on_write);

  // The calling thread's processor goes over to this space now and not when its guest runs next, or
  // another thread: what it was in can then be unmapped without having to forget all translations.
  void enter() const;

  [[nodiscard]] std::uint64_t handle() const { return handle_; }

 private:
  GuestSpace() = default;
  static Result<GuestSpace*> make();
  static bool give_up_kept();
  Result<void> donate();
  Result<void> donate_next();
  void destroy();

  std::uint64_t handle_ = 0;
  std::vector<TablePiece*> donated_;  // Untypeds that became its tables
};

// Called once: the personality's own space and how much of it a guest sees.
void configure_guest_spaces(std::uint64_t host_space, bool shared_view);

}  // namespace tessera::lx
