// SPDX-License-Identifier: Apache-2.0
// What a component has of what it asked for: which things, and where their capabilities, names and addresses are. All
// that is genesis' own record; nothing is read back from what the component can reach.
#pragma once

#include <abi/nucleus.hpp>
#include <abi/protocols/broker.hpp>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace tessera::genesis {

// How far the addresses of two Memories are apart at least, where one of `bytes` begins: one unmapped page, and 2 MiB steps
// so that large pages fit.
[[nodiscard]] constexpr std::uint64_t addresses_for(std::uint64_t bytes) {
  constexpr std::uint64_t kStep = 2 << 20;
  const std::uint64_t pages = (bytes + abi::kPageBytes - 1) / abi::kPageBytes;
  return ((pages + 1) * abi::kPageBytes + kStep - 1) / kStep * kStep;
}

// One thing, under a ticket.
struct Held {
  enum class Kind : std::uint8_t { none, device, memory, interrupt, channel };
  Kind kind = Kind::none;
  std::uint32_t places = 0;          // a bit for each grant
  std::size_t which = 0;             // the broker's number; of memory the one in its name
  std::size_t side = 0;              // of a channel
  std::uint64_t offset = 0, bytes = 0;   // of memory, in the reserve
  std::array<std::uint64_t, 3> sources{};   // genesis' capabilities that were made for this, from which the grants are derived
};

class Asked {
 public:
  static constexpr std::size_t kMostHeld = protocol::broker::kMostHeld, kMostPlaces = protocol::broker::kMostGrants;
  static_assert(kMostPlaces <= 32);

  // Where the places begin: of a life's start page, table, and addresses.
  struct Room {
    std::size_t entry = 0;
    std::uint64_t slot = 0;
    std::uint64_t address = 0;
  };
  // A life begins, with nothing.
  void begin(const Room& room);
  [[nodiscard]] const Room& room() const { return room_; }

  [[nodiscard]] std::span<Held> held() { return held_; }
  // One of kind none; null: it has too many things.
  [[nodiscard]] Held* spare();

  // A grant more; none: all places are taken.
  [[nodiscard]] std::optional<std::size_t> take_place();
  // An unused range of addresses below `limit` for what is mapped there.
  [[nodiscard]] std::optional<std::uint64_t> take_addresses(std::size_t place, std::uint64_t bytes, std::uint64_t limit);
  void give_back(std::uint32_t places);

  // The lowest offset of `bytes` in a reserve of `all` bytes, of which nothing is held.
  [[nodiscard]] std::optional<std::uint64_t> find_memory(std::uint64_t bytes, std::uint64_t all) const;
  // The lowest number of memory that is in no name.
  [[nodiscard]] std::size_t memory_number() const;

 private:
  struct Range {
    std::uint64_t start = 0, bytes = 0;
  };

  Room room_;
  std::array<Held, kMostHeld> held_{};
  std::array<Range, kMostPlaces> mapped_{};  // with the room behind it
  std::uint32_t taken_ = 0;
};

}  // namespace tessera::genesis
