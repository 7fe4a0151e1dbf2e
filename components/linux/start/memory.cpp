// SPDX-License-Identifier: Apache-2.0
#include "components/linux/start/memory.hpp"

#include <abi/nucleus.client.hpp>
#include <algorithm>
#include <array>
#include <bit>
#include <vector>

#include "components/linux/core/frame_pool.hpp"
#include "components/linux/nucleus/own_space.hpp"
#include "components/linux/nucleus/table_memory.hpp"
#include "components/linux/process/registry.hpp"
#include "components/linux/process/thread.hpp"
#include "lib/rt/heap.hpp"
#include "lib/rt/log.hpp"
#include "lib/rt/objects.hpp"
#include "lib/rt/raw_memory.hpp"

namespace tessera::lx {

namespace {

using tessera::abi::kRightExecute;
using tessera::abi::kRightRead;
using tessera::abi::kRightWrite;

// Smallest piece worth a slot and an attachment.
constexpr std::uint64_t kLeastPieceBits = 18;
constexpr std::uint64_t kLeastReserve = 3u << 19, kMostReserve = 96u << 20;
// The reserve carries as many processes as this goes into it: with two pieces of
// page tables each, its address space, its thread; and more threads.
constexpr std::uint64_t kBytesPerProcess = 112u << 10;
constexpr std::uint64_t kTablesPerProcess = 64u << 10;
// For the personality itself: its first threads with their stacks, its page tables;
// and at least so much is for objects of all kinds.
constexpr std::uint64_t kOwnBytes = 512u << 10, kLeastForObjects = 1u << 20;
constexpr std::uint64_t kSpaceBytes = 16u << 10;
constexpr std::uint64_t kThreadBytes = 2048;  // with its notification, behind which the next is aligned

struct Piece {
  std::uint64_t memory = 0;
  std::uint64_t bits = 0;
};

std::uint64_t free_bytes() {
  std::uint64_t sum = 0;
  for (const std::uint64_t untyped : rt::objects().untyped())
    if (const auto info = tessera::abi::untyped_info(untyped)) sum += info->free_bytes;
  return sum;
}

// Turns what the Untypeds have into Memory objects, the largest first, until only
// `reserve` bytes are left.
std::size_t cut(std::span<Piece> pieces, std::uint64_t reserve) {
  std::size_t count = 0;
  const std::uint64_t table = rt::objects().own().table;
  for (std::uint64_t bits = 46; bits >= kLeastPieceBits; --bits) {
    const std::uint64_t bytes = std::uint64_t{1} << bits;
    for (const std::uint64_t untyped : rt::objects().untyped()) {
      for (;;) {
        const auto info = tessera::abi::untyped_info(untyped);
        if (!info || count == pieces.size()) break;
        // An object is aligned to its size: what is passed over is lost to the reserve too.
        const std::uint64_t used = (std::uint64_t{1} << info->size_bits) - info->free_bytes;
        const std::uint64_t passed_over = (bytes - used % bytes) % bytes;
        if (info->free_bytes < passed_over + bytes || free_bytes() < passed_over + bytes + reserve) break;
        const auto slot = rt::objects().take_slot();
        if (!slot) return count;
        const auto made =
            tessera::abi::untyped_retype(untyped, tessera::abi::ObjectType::memory, bits, 1, table, *slot);
        if (!made) {
          rt::objects().give_back_slot(*slot);
          break;
        }
        pieces[count++] = {.memory = *made, .bits = bits};
      }
    }
  }
  return count;
}

bool add_piece(const Piece& piece) {
  const std::uint64_t bytes = std::uint64_t{1} << piece.bits;
  // Executable as well: guests' code lies in frames like everything else. The
  // personality's own mapping is not.
  const std::uint64_t space = rt::objects().own().space;
  const auto attachment =
      tessera::abi::address_space_attach(space, piece.memory, kRightRead | kRightWrite | kRightExecute);
  if (!attachment) return false;
  const auto mapped =
      tessera::abi::address_space_map(space, pool_end(), *attachment, 0, bytes / kPageBytes, kRightRead | kRightWrite);
  if (!mapped) {
    rt::log("frames: mapping {} bytes failed: {}", bytes, mapped.error());
    return false;
  }
  return add_pool_region({.memory = piece.memory,
                          .attachment = *attachment,
                          .offset = 0,
                          .first = 0,
                          .count = static_cast<std::uint32_t>(bytes / kPageBytes)});
}

// The heap grows by frames, mapped one behind the other. Called with the heap's
// lock held: nothing here allocates.
std::span<std::byte> grow_heap(std::size_t bytes) {
  static constinit std::uint64_t next = kHeapWindow;
  constexpr std::size_t kStep = 32;
  const std::size_t pages = (std::max<std::size_t>(bytes, kStep * kPageBytes) + kPageBytes - 1) / kPageBytes;
  const std::uint64_t start = next;
  if (pages * kPageBytes > kHeapWindowEnd - start) return {};
  std::array<Frame, kStep> frames{};
  std::size_t done = 0;
  while (done < pages) {
    std::size_t got = 0;
    while (got < frames.size() && done + got < pages) {
      const auto frame = allocate_reserved_frame();
      if (!frame) break;
      frames[got++] = *frame;
    }
    if (got == 0 || !map_own(start + done * kPageBytes, std::span<const Frame>(frames).first(got))) {
      for (std::size_t i = 0; i < got; ++i) release_frame(frames[i]);
      break;
    }
    done += got;
  }
  next = start + done * kPageBytes;
  // Who makes the personality's own tables grow until the reserve shrinks is
  // killed before it is gone: there is no way to refuse an allocation.
  if (Thread* const thread = current_or_null(); thread != nullptr && frame_reserve_low()) {
    thread->starving = true;
    thread->attention = true;
  }
  // What was mapped before memory ran out is of use all the same.
  return done == 0 ? std::span<std::byte>() : rt::bytes_at(start, done * kPageBytes);
}

// The content's place in the Memory object: the grant's `extra`, page-aligned.
bool add_bundle(const rt::Start& start) {
  const auto data = start.grant("bundle.root.data", tessera::abi::ObjectType::memory);
  if (!data) return true;  // an empty root
  const auto attachment =
      tessera::abi::address_space_attach(rt::objects().own().space, data->handle, kRightRead | kRightExecute);
  if (!attachment || data->address == 0) {
    rt::log_line("the root data is not mapped");
    return false;
  }
  return set_bundle_region({.memory = data->handle,
                            .attachment = *attachment,
                            .offset = data->extra,
                            .first = 0,
                            .count = static_cast<std::uint32_t>((data->bytes + kPageBytes - 1) / kPageBytes)},
                           data->address);
}

// The memory that disks share; their files' contents lie in it (fs/disk).
bool add_disk_memory(const rt::Start& start) {
  const auto memory = start.grant("pool.cache", tessera::abi::ObjectType::memory);
  if (!memory) return true;  // no disks
  const auto attachment =
      tessera::abi::address_space_attach(rt::objects().own().space, memory->handle, kRightRead | kRightWrite | kRightExecute);
  if (!attachment || memory->address == 0) {
    rt::log_line("the memory for disks is not mapped");
    return false;
  }
  set_disk_region({.memory = memory->handle,
                   .attachment = *attachment,
                   .offset = 0,
                   .first = 0,
                   .count = static_cast<std::uint32_t>(memory->bytes / kPageBytes)},
                  memory->address);
  return true;
}

void limit_processes(std::uint64_t reserve) {
  const std::uint64_t processes = std::clamp<std::uint64_t>(reserve / kBytesPerProcess, 16, 1024);
  // The heap's page tables grow at most as if it held all memory.
  const std::uint64_t own_tables = std::uint64_t{frame_counts().total} * kPageBytes / 512;
  const std::uint64_t taken = processes * kSpaceBytes + own_tables + kOwnBytes, free = free_bytes();
  const std::uint64_t threads = free > taken ? (free - taken) / kThreadBytes : 0;
  registry().most_processes = static_cast<std::size_t>(processes);
  registry().most_threads = static_cast<std::size_t>(std::clamp<std::uint64_t>(threads, std::max<std::uint64_t>(processes, 64), 16384));
}

}  // namespace

bool set_up_memory(const rt::Start& start) {
  const std::uint64_t total = free_bytes();
  const std::uint64_t reserve = std::clamp(total / 12, kLeastReserve, kMostReserve);
  std::array<Piece, kMostRegions> pieces{};
  const std::size_t count = cut(pieces, reserve);
  for (const Piece& piece : std::span(pieces).first(count))
    if (!add_piece(piece)) return false;
  if (!add_disk_memory(start) || !add_bundle(start)) return false;
  if (!open_frame_pool()) {
    rt::log("not enough memory: {} bytes", total);
    return false;
  }
  rt::heap().grow_by(grow_heap);
  const std::uint64_t others = free_bytes() > kLeastForObjects ? free_bytes() - kLeastForObjects : 0;
  const std::uint64_t tables = open_table_memory(std::min(reserve / kBytesPerProcess * kTablesPerProcess, others));
  limit_processes(reserve);
  rt::log("{} frames, {} KiB for page tables, {} KiB for objects, at most {} processes and {} threads",
          frame_counts().total, tables / 1024, free_bytes() / 1024, registry().most_processes, registry().most_threads);
  return true;
}

void spread_heap() {
  if (!several_processors) return;
  // One for each number up to the highest, for the component's life.
  const auto count = static_cast<std::size_t>(std::bit_width(processors()));
  rt::heap().spread(*new std::vector<rt::Heap::Shelf>(count));
}

}  // namespace tessera::lx
