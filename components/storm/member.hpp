// SPDX-License-Identifier: Apache-2.0
// A storm thread and what it knows. Its memory is shared with the supervisor alone,
// which maps it elsewhere; it sees itself at kMemberAddress, and nothing of the
// component but a copy of its code.
#pragma once

#include <abi/nucleus.hpp>
#include <abi/start.hpp>
#include <array>
#include <cstdint>

#include "components/storm/random.hpp"
#include "components/storm/rows.hpp"

namespace tessera::storm {

using abi::ObjectType;

inline constexpr std::uint64_t kTableBits = 7, kSlots = 1 << kTableBits;

// Pages of a member's memory.
inline constexpr unsigned kMemberBits = 16;
inline constexpr std::uint64_t kMessagePage = 2, kGuestPage = 3, kStackPage = 4, kSecondStackPage = 10, kPages = 16;
static_assert(kPages * abi::kPageBytes == 1 << kMemberBits);

// Addresses in its space: its memory, a Memory that it has a capability to, and where it maps what it likes.
inline constexpr std::uint64_t kMemberAddress = abi::kFreeAddress;
inline constexpr std::uint64_t kScratchAddress = kMemberAddress + (1 << 20);
inline constexpr std::uint64_t kScratchBits = 14;
inline constexpr std::uint64_t kPlayground = kMemberAddress + (1 << 30);
inline constexpr std::uint64_t kGuestPlayground = 0x10000;
// Its space's attachments, in the order in which they are made.
inline constexpr std::uint64_t kCodeAttachment = 0, kMemberAttachment = 1, kScratchAttachment = 2;

constexpr std::uint64_t stack_top(std::uint64_t first_page, std::uint64_t pages) {
  return kMemberAddress + (first_page + pages) * abi::kPageBytes - 8;
}
inline constexpr std::uint64_t kStackTop = stack_top(kStackPage, kSecondStackPage - kStackPage);
inline constexpr std::uint64_t kSecondStackTop = stack_top(kSecondStackPage, kPages - kSecondStackPage);

// A handle's generation is above its path.
inline constexpr unsigned kGenerationShift = 32;

// A path of two steps: what `inner` names in the table that `outer` names.
constexpr std::uint64_t path_through(std::uint64_t outer, std::uint64_t inner) {
  return (inner >> kGenerationShift << kGenerationShift) | std::uint64_t{1} << 30 | (outer & 0x7fff) << 15 | (inner & 0x7fff);
}

// Where its table has what it begins with. The first ones it seldom harms.
enum Place : std::uint64_t {
  own_table = 2,
  own_space,
  own_thread,
  first_loose,  // from here on: whatever the supervisor hands out
};

// What a slot of its table held when it last heard of it.
struct Known {
  std::uint64_t handle = 0;
  ObjectType type = ObjectType::none;
};

// An answer with an error that does not exist. It may be no more than two threads on one stack: members start
// each other anywhere.
struct OddAnswer {
  std::uint64_t row = 0, asked = 0, answered = 0;
};

struct Member {
  Random random;
  std::uint64_t now_ns = 0;  // written by the supervisor now and then
  std::uint64_t calls = 0;   // made in this round
  std::uint64_t trespass = 0;  // method of the machine that worked though nothing gives the right to it
  bool server = false;       // rather receives than sends
  std::uint64_t own = 0;     // handle of its table, as it was given
  std::uint64_t guest_place = own_space;  // where it got its guest's space
  std::array<Known, kSlots> known{};
  std::array<std::uint64_t, 8> paths{};  // handles that lead through other tables
  std::uint64_t next_path = 0;
  OddAnswer odd;
  Tally tally;
};
static_assert(sizeof(Member) <= kMessagePage * abi::kPageBytes);

// Makes random calls for ever.
[[noreturn]] void run_member(Member& self);

}  // namespace tessera::storm
