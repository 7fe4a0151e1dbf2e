// SPDX-License-Identifier: Apache-2.0
#include "components/linux/nucleus/guest_space.hpp"

#include <abi/nucleus.client.hpp>
#include <algorithm>
#include <array>
#include <atomic>

#include "components/linux/core/big_lock.hpp"
#include "components/linux/core/frame_pool.hpp"
#include "components/linux/memory/address_space.hpp"
#include "components/linux/nucleus/processors.hpp"
#include "components/linux/nucleus/table_memory.hpp"
#include "components/linux/process/contract.hpp"
#include "lib/rt/objects.hpp"
#include "lib/rt/thread_block.hpp"

namespace tessera::lx {

namespace {

using tessera::abi::Error;

struct Configuration {
  std::uint64_t host = 0;
  std::uint64_t view = 0;
};
Configuration configuration;
constinit rt::Mutex tables;  // for table memory

// Spaces kept empty for the next process, by the processor that gave them back: it has their tables in its caches.
struct alignas(128) Kept {
  rt::Mutex mutex;
  std::vector<GuestSpace*> spaces;
  std::atomic<std::ptrdiff_t> taken{0};  // here, without those given back here; changed with the lock
};
std::array<Kept, kMostProcessors> kept;

std::size_t most_kept() { return std::max<std::size_t>(64 / processor_count(), 8); }
// One that has collected more table memory is given back to the nucleus.
constexpr std::size_t kMostDonations = 6;

void count_taken(Kept& place, std::ptrdiff_t more) {
  place.taken.store(place.taken.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
}

GuestSpace* take_from(Kept& place) {
  return beside_others(place.mutex, [&]() -> GuestSpace* {
    if (place.spaces.empty()) return nullptr;
    GuestSpace* const space = place.spaces.back();
    place.spaces.pop_back();
    return space;
  });
}

GuestSpace* take_kept() {
  GuestSpace* found = take_from(kept[current_processor()]);
  if (found == nullptr && several_processors)
    for_each_processor(processors(), [&](unsigned other) {
      if (found == nullptr) found = take_from(kept[other]);
    });
  return found;
}

constexpr PageNumber kTablePages = 512;  // that a table of leaves maps

// Calls `operation` again after each donation that the nucleus asks for.
template <typename Operation, typename Donate>
Result<void> with_tables(Operation operation, Donate donate) {
  for (;;) {
    const auto done = operation();
    if (done) return {};
    if (done.error() != Error::no_page_tables) return fail(Errno::enomem);
    TRY(donate());
  }
}

}  // namespace

void configure_guest_spaces(std::uint64_t host_space, bool shared_view) {
  configuration.host = host_space;
  configuration.view = shared_view ? 1 : 0;
}

Result<GuestSpace*> GuestSpace::take() {
  GuestSpace* space = take_kept();
  if (space == nullptr) space = TRY(make());
  Kept& here = kept[current_processor()];
  beside_others(here.mutex, [&] { count_taken(here, 1); });
  return space;
}

std::size_t GuestSpace::in_use() {
  std::ptrdiff_t all = 0;
  for_each_processor(processors(), [&](unsigned one) { all += kept[one].taken.load(std::memory_order_relaxed); });
  return static_cast<std::size_t>(all);
}

Result<GuestSpace*> GuestSpace::make() {
  auto* const space = new GuestSpace;
  const auto handle = rt::objects().make(tessera::abi::ObjectType::address_space);
  if (!handle) {
    delete space;
    return fail(Errno::enomem);
  }
  space->handle_ = *handle;
  const bool ready =
      space->donate().has_value() && tessera::abi::address_space_bind_host(*handle, configuration.host, configuration.view);
  if (!ready) {
    beside_others(tables, [&] { space->destroy(); });
    return fail(Errno::enomem);
  }
  return space;
}

// Where table memory is short, that of an empty space is worth more than the space.
bool GuestSpace::give_up_kept() {
  GuestSpace* const space = take_kept();
  if (space != nullptr) space->destroy();
  return space != nullptr;
}

Result<void> GuestSpace::donate() {
  return beside_others(tables, [this] { return donate_next(); });
}

Result<void> GuestSpace::donate_next() {
  // The nucleus takes 20 pieces a space: from the fifth on each is twice the last, so
  // that small processes take little and large ones find tables for 8 GiB and more.
  const std::uint64_t count = donated_.size();
  std::uint64_t bits = std::min(kLeastTableBits + (count < 4 ? 0 : count - 3), kMostTableBits);
  auto piece = take_table_memory(bits);
  while (!piece && give_up_kept()) piece = take_table_memory(bits);
  // Better one that is too small than none.
  while (!piece && bits > kLeastTableBits) piece = take_table_memory(--bits);
  if (!piece) return fail(piece.error());
  if (!tessera::abi::address_space_donate(handle_, untyped_of(**piece))) {
    give_back_table_memory(*piece);
    return fail(Errno::enomem);
  }
  donated_.push_back(*piece);
  return {};
}

void GuestSpace::destroy() {
  rt::objects().discard(handle_);
  for (TablePiece* const piece : donated_) give_back_table_memory(piece);
  delete this;
}

void GuestSpace::give_back() {
  Kept& here = kept[current_processor()];
  const bool stays = beside_others(here.mutex, [&] {
    count_taken(here, -1);
    if (here.spaces.size() >= most_kept() || donated_.size() > kMostDonations) return false;
    here.spaces.push_back(this);
    return true;
  });
  if (!stays) beside_others(tables, [this] { destroy(); });
}

std::uint64_t GuestSpace::entry(Frame frame, std::uint64_t rights) { return frame_map_entry(frame) | rights; }

Result<void> GuestSpace::map(PageNumber first, std::span<const std::uint64_t> entries) {
  auto& words = rt::current().message_page->words;
  const auto copy = [&] {
    for (std::size_t i = 0; i < entries.size(); ++i) words[tessera::abi::kRegisterWords + i] = entries[i];
  };
  const auto done = with_tables(
      [&] {
        copy();
        return tessera::abi::address_space_map_list(handle_, first * kPageBytes, entries.size());
      },
      [this] { return donate(); });
  if (!done) unmap(first, entries.size());  // the caller gives up all of them
  return done;
}

void GuestSpace::enter() const { (void)tessera::abi::address_space_enter(handle_); }

void GuestSpace::unmap(PageNumber first, std::uint64_t pages) {
  (void)tessera::abi::address_space_unmap(handle_, first * kPageBytes, pages);
}

void GuestSpace::unmap_tables(PageNumber first, std::uint64_t pages) {
  const PageNumber start = first / kTablePages * kTablePages;
  const PageNumber end = (first + pages + kTablePages - 1) / kTablePages * kTablePages;
  unmap(start, std::min<PageNumber>(end, kGuestLimit / kPageBytes) - start);
}

Result<void> GuestSpace::protect(PageNumber first, std::uint64_t pages, std::uint64_t rights) {
  return with_tables([&] { return tessera::abi::address_space_protect(handle_, first * kPageBytes, pages, rights); },
                     [this] { return donate(); });
}

Result<void> GuestSpace::copy_from(GuestSpace& source, PageNumber first, std::uint64_t pages, bool copy_on_write) {
  return with_tables(
      [&] {
        return tessera::abi::address_space_copy_range(handle_, source.handle_, first * kPageBytes, pages,
                                                      copy_on_write ? 1 : 0);
      },
      [this] { return donate(); });
}

}  // namespace tessera::lx
