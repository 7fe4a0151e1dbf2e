// SPDX-License-Identifier: Apache-2.0
// Lock order: a shelf's, then the store's.
#include "components/linux/core/frame_store.hpp"

#include <algorithm>
#include <array>
#include <atomic>

#include "components/linux/core/big_lock.hpp"
#include "components/linux/process/contract.hpp"

namespace tessera::lx {

namespace {

std::span<std::uint32_t> words;

// Changed with the lock of whom it belongs to; counted also without.
struct List {
  std::uint32_t first = kNoFrame, last = kNoFrame;
  std::atomic<std::uint32_t> count{0};

  [[nodiscard]] std::uint32_t size() const { return count.load(std::memory_order_relaxed); }
  std::uint32_t pop() {
    const std::uint32_t n = first;
    first = words[n];
    count.store(size() - 1, std::memory_order_relaxed);
    return n;
  }
  void put(std::uint32_t chain_first, std::uint32_t chain_last, std::uint32_t more) {
    words[chain_last] = size() != 0 ? first : kNoFrame;
    if (size() == 0) last = chain_last;
    first = chain_first;
    count.store(size() + more, std::memory_order_relaxed);
  }
};

struct Store {
  rt::Mutex mutex;
  List used;
  std::atomic<std::uint32_t> next_fresh{0};  // all from here on are free

  [[nodiscard]] std::uint32_t fresh() const {
    return static_cast<std::uint32_t>(words.size()) - next_fresh.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint32_t size() const { return used.size() + fresh(); }
  std::uint32_t take() { return used.size() != 0 ? used.pop() : next_fresh.fetch_add(1, std::memory_order_relaxed); }
};
constinit Store store;

struct alignas(128) Shelf {
  rt::Mutex mutex;
  List frames;
};
constinit std::array<Shelf, kMostProcessors> shelves{};
std::uint32_t most_on_shelf = 0;

Frame handed_out(std::uint32_t n) {
  words[n] = 1;
  return static_cast<Frame>(n);
}

// With the store's lock.
std::size_t take_from_store(std::span<Frame> to, std::uint32_t leave) {
  std::size_t got = 0;
  while (got < to.size() && store.size() > leave) to[got++] = handed_out(store.take());
  return got;
}

// With the lock of the shelf, which is empty.
void fill_shelf(Shelf& shelf, std::uint32_t leave) {
  const rt::LockGuard guard(store.mutex);
  while (shelf.frames.size() < most_on_shelf / 2 && store.size() > leave) {
    const std::uint32_t n = store.take();
    shelf.frames.put(n, n, 1);
  }
}

void clear_shelf(Shelf& shelf) {
  const rt::LockGuard guard(shelf.mutex);
  List& frames = shelf.frames;
  if (frames.size() == 0) return;
  const rt::LockGuard of_store(store.mutex);
  store.used.put(frames.first, frames.last, frames.size());
  frames.count.store(0, std::memory_order_relaxed);
}

std::size_t take_from_shelf(Shelf& shelf, std::span<Frame> to, std::uint32_t leave) {
  const rt::LockGuard guard(shelf.mutex);
  std::size_t got = 0;
  while (got < to.size()) {
    if (shelf.frames.size() == 0) fill_shelf(shelf, leave);
    if (shelf.frames.size() == 0) break;
    to[got++] = handed_out(shelf.frames.pop());
  }
  return got;
}

std::size_t clear_shelves_and_take(std::span<Frame> to, std::uint32_t leave) {
  for (Shelf& shelf : shelves)
    if (shelf.frames.size() != 0) clear_shelf(shelf);
  const rt::LockGuard guard(store.mutex);
  return take_from_store(to, leave);
}

}  // namespace

void open_frame_store(std::span<std::uint32_t> all_words, std::uint32_t first_fresh) {
  words = all_words;
  store.next_fresh = first_fresh;
  // All shelves together hold a sixteenth at most.
  const std::uint32_t share = store.size() / 16 / std::max(1u, processor_count());
  most_on_shelf = std::clamp<std::uint32_t>(share, 2, 256);
}

std::size_t take_free(std::span<Frame> to, std::uint32_t leave) {
  if (!several_processors) [[likely]] return take_from_store(to, leave);
  const std::size_t got = take_from_shelf(shelves[current_processor()], to, leave);
  if (got == to.size()) [[likely]] return got;
  return got + clear_shelves_and_take(to.subspan(got), leave);
}

void put_free(std::uint32_t first, std::uint32_t last, std::uint32_t count) {
  if (several_processors) {
    Shelf& shelf = shelves[current_processor()];
    const rt::LockGuard guard(shelf.mutex);
    if (shelf.frames.size() + count <= most_on_shelf) return shelf.frames.put(first, last, count);
  }
  beside_others(store.mutex, [&] { store.used.put(first, last, count); });
}

std::uint32_t free_frames() {
  std::uint32_t free = store.size();
  if (several_processors) for_each_processor(processors(), [&](unsigned one) { free += shelves[one].frames.size(); });
  return free;
}

bool has_free_frames(std::uint32_t at_least) { return store.size() >= at_least || free_frames() >= at_least; }

}  // namespace tessera::lx
