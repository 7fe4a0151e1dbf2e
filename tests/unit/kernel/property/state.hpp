// SPDX-License-Identifier: Apache-2.0
// An executable model of capabilities, small enough to be read: which slot holds
// what, what was derived from what, how much of each Untyped is handed out, and what
// delete and revoke take along. It has no steps, links, generations or references.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "tests/unit/kernel/fixture/machine.hpp"

namespace tessera::nucleus::test {

using CapId = std::uint64_t;     // 0: none
using ObjectId = std::uint64_t;

// A slot: the table it is in, and its index.
struct Place {
  ObjectId table = 0;
  std::uint64_t index = 0;
  auto operator<=>(const Place&) const = default;
};

struct ModelCap {
  ObjectType type = ObjectType::none;
  std::uint8_t rights = 0;
  std::uint64_t badge = 0;
  unsigned size_bits = 0;
  ObjectId object = 0;
  Place place;
  std::uint64_t watermark = 0;  // Untyped
  CapId parent = 0;
  std::deque<CapId> children{};  // newest first: revoke takes them in this order
};

class Model {
 public:
  std::map<CapId, ModelCap> caps;
  std::map<Place, CapId> at;

  [[nodiscard]] ObjectId new_object() { return ++last_; }
  [[nodiscard]] CapId find(Place place) const;
  CapId add(ModelCap cap);  // as the newest child of its parent

  // The operations, for arguments that are allowed.
  CapId copy(CapId source, Place to, std::uint8_t rights, std::uint64_t badge);
  void move(CapId source, Place to);
  void swap(CapId a, CapId b);
  void remove(CapId id);
  void revoke(CapId id);
  // Where in an Untyped objects would lie; nothing when there is not enough memory.
  struct Room {
    std::uint64_t start = 0, end = 0;
  };
  [[nodiscard]] std::optional<Room> room(CapId untyped, std::uint64_t bytes, std::uint64_t count) const;

 private:
  void adopt_children(CapId from);
  void clear(CapId id);
  void end(CapId id);
  void drain();

  std::deque<ObjectId> dying_;  // tables without capabilities whose contents have yet to go
  std::map<ObjectId, unsigned> references_;
  std::uint64_t last_ = 0;
};

}  // namespace tessera::nucleus::test
