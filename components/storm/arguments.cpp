// SPDX-License-Identifier: Apache-2.0
#include "components/storm/arguments.hpp"

#include <algorithm>

#include "lib/rt/raw_memory.hpp"

namespace tessera::storm {

namespace {

constexpr std::uint64_t kPage = abi::kPageBytes;

std::uint64_t spoiled(Member& self, std::uint64_t handle) {
  switch (self.random.below(7)) {
    case 0: return 0;
    case 1: return self.random.next();
    case 2: return handle + (std::uint64_t{1} << kGenerationShift);
    case 3: return handle - (std::uint64_t{1} << kGenerationShift);
    case 4: return handle ^ std::uint64_t{1} << self.random.below(64);
    case 5: return self.paths[self.random.below(self.paths.size())];
    default: return path_through(self.known[slot_index(self) % kSlots].handle, handle);
  }
}

std::uint64_t pages_below(Random& random, std::uint64_t count) { return random.below(count) * kPage; }

std::uint64_t address(Member& self) {
  switch (self.random.below(8)) {
    case 0: case 1: case 2: return kGuestPlayground + pages_below(self.random, 64);
    case 3: case 4: case 5: return kPlayground + pages_below(self.random, 1024);
    case 6: return kPlayground + self.random.below(8) * (2 << 20);
    default:
      if (!self.random.one_in(20)) return kGuestPlayground + self.random.below(64) * (2 << 20);
      return self.random.one_in(2) ? kMemberAddress + pages_below(self.random, kPages) : abi::kImageAddress + pages_below(self.random, 16);
  }
}

std::uint64_t memory_bits(Random& random) { return 12 + random.below(5); }

// When nothing hostile is wanted.
std::uint64_t fair_value(Member& self, Kind kind) {
  Random& random = self.random;
  switch (kind) {
    case Kind::type:
      if (random.one_in(12)) return static_cast<std::uint64_t>(ObjectType::dma_domain);
      return 1 + random.below(random.one_in(10) ? 15 : 11);
    case Kind::rights: return random.one_in(2) ? 0xff : random.below(256);
    case Kind::map_rights: return random.one_in(3) ? abi::kRightRead : random.below(8);
    case Kind::slot: return slot_index(self);
    case Kind::size_bits: return random.one_in(3) ? random.below(7) : memory_bits(random);
    case Kind::count: return 1 + random.below(random.one_in(8) ? 32 : 3);
    case Kind::badge: return random.one_in(2) ? 0 : random.below(16);
    case Kind::offset: return random.one_in(2) ? 0 : pages_below(random, 5);
    case Kind::bytes: return random.one_in(2) ? 0 : kPage << random.below(5);
    case Kind::letters: return 1 + random.below(450);
    case Kind::width: return 1 << random.below(3);
    case Kind::address: return address(self);
    case Kind::pages: return 1 + random.below(random.one_in(6) ? 2048 : 4);
    case Kind::attachment: return random.one_in(60) ? random.below(kScratchAttachment) : kScratchAttachment + random.below(6);
    case Kind::priority: return random.below(101);
    case Kind::small: return random.below(3);
    case Kind::mask: return random.one_in(2) ? abi::kAllTypes : random.below(abi::kAllTypes + 1);
    case Kind::events: return random.below(32);
    case Kind::limit: return random.one_in(2) ? abi::kNoLimit : random.below(std::uint64_t{1} << random.below(24));
    case Kind::core: return 0;
    case Kind::share: return 10'000 + random.below(1'000'000);
    case Kind::period: return random.one_in(2) ? 10'000 + random.below(2'000'000) : 10'000'000;
    case Kind::deadline: return random.one_in(8) ? 0 : self.now_ns + random.below(1'000'000);
    case Kind::entry: return rt::address_of(reinterpret_cast<const char*>(&run_member));
    case Kind::stack: return kSecondStackTop;
    case Kind::argument: return kMemberAddress;
    case Kind::tls: return random.one_in(2) ? 0 : kMemberAddress;
    case Kind::port: return 0x80;
    case Kind::cursor: return random.one_in(2) ? 0 : random.below(4096);
    case Kind::physical: return pages_below(random, 1 << 20);
    case Kind::any: return any_handle(self);
    case Kind::member: {
      constexpr std::array kMembers{ObjectType::cap_table, ObjectType::thread, ObjectType::address_space, ObjectType::budget,
                                    ObjectType::namespace_};
      return handle_of(self, kMembers[random.below(kMembers.size())]);
    }
    case Kind::table: return random.one_in(4) ? handle_of(self, ObjectType::cap_table) : self.own;
    case Kind::space: return handle_of(self, ObjectType::address_space);
    case Kind::thread: return handle_of(self, ObjectType::thread);
    case Kind::memory: return handle_of(self, ObjectType::memory);
    case Kind::endpoint: return handle_of(self, ObjectType::endpoint);
    case Kind::budget: return handle_of(self, ObjectType::budget);
    case Kind::untyped: return handle_of(self, ObjectType::untyped);
    case Kind::notification: return handle_of(self, ObjectType::notification);
    case Kind::number: break;
  }
  return random.below(64);
}

}  // namespace

std::uint64_t hostile_number(Random& random) {
  switch (random.below(12)) {
    case 0: return 0;
    case 1: return ~std::uint64_t{0};
    case 2: return random.next();
    case 3: return std::uint64_t{1} << random.below(64);
    case 4: return (std::uint64_t{1} << random.below(64)) - 1;
    case 5: return 0xffff'ffff'8000'0000 + pages_below(random, 1024);      // the nucleus
    case 6: return 0xffff'c000'0000'0000 + pages_below(random, 1 << 20);   // its view of memory, or near
    case 7: return abi::kGuestLimit - pages_below(random, 4);
    case 8: return abi::kComponentLimit - pages_below(random, 4);
    case 9: return 0x0000'8000'0000'0000 + random.below(1 << 20);          // not canonical
    case 10: return kPlayground + random.below(1 << 20);                   // misaligned
    default: return ~std::uint64_t{0} - random.below(1 << 20);
  }
}

std::uint64_t any_handle(Member& self) {
  std::uint64_t index = slot_index(self) % kSlots;
  // Seldom one of a slot that was always empty.
  for (unsigned tries = 0; tries < 8 && self.known[index].handle == 0; ++tries) index = slot_index(self) % kSlots;
  const std::uint64_t handle = self.known[index].handle;
  return self.random.one_in(20) ? spoiled(self, handle) : handle;
}

std::uint64_t handle_of(Member& self, ObjectType type) {
  const auto matching = std::ranges::count(self.known, type, &Known::type);
  if (matching == 0) return any_handle(self);
  std::uint64_t left = self.random.below(static_cast<std::uint64_t>(matching));
  for (const Known& one : self.known) {
    if (one.type != type || left-- > 0) continue;
    return self.random.one_in(24) ? spoiled(self, one.handle) : one.handle;
  }
  return 0;
}

// Mostly where nothing is that is needed to go on.
std::uint64_t slot_index(Member& self) {
  if (self.random.one_in(50)) return self.random.below(first_loose);
  return first_loose + self.random.below(kSlots - first_loose);
}

std::uint64_t value_of(Member& self, Kind kind) {
  return self.random.one_in(40) ? hostile_number(self.random) : fair_value(self, kind);
}

}  // namespace tessera::storm
