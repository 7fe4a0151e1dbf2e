// SPDX-License-Identifier: Apache-2.0
// One round: a few namespaces below the component's own, threads in them with a random
// set of capabilities, and their end while they are in the midst of everything. All of
// it is made from one Untyped, the arena, which must be whole again afterwards.
#pragma once

#include <array>
#include <cstdint>

#include "components/storm/crew.hpp"

namespace tessera::storm {

struct Supplies {
  const Crew& crew;
  rt::Handle arena = 0;            // an Untyped
  std::uint64_t arena_bits = 0;
  std::array<rt::Handle, 4> loans{};  // the component's own that members may get: Log, Machine, IoPorts, Interrupt; 0: none
};

class Round {
 public:
  Round(const Supplies& supplies, std::uint64_t seed);
  // Lets the members run until they have made `calls` calls, or none of them goes on; how many they made.
  std::uint64_t run(std::uint64_t calls);
  // Ends everything and checks that nothing is left of it.
  void end();

  // What was called and how it ended, with all members.
  void add_to(Tally& total) const;

 private:
  static constexpr std::size_t kNamespaces = 3, kMostPlaces = 32;

  struct Seat {
    rt::Handle table = 0, space = 0, thread = 0, budget = 0, scratch = 0;
    std::array<rt::Handle, 2> guests{};  // guest spaces of its own
    std::size_t tenant = 0;       // which namespace
    std::uint64_t seen_calls = 0; // at the last look
  };

  rt::Handle make(ObjectType type, std::uint64_t size_bits = 0);
  rt::Handle make_in(std::size_t tenant, ObjectType type, std::uint64_t size_bits = 0);
  void make_namespaces();
  void set_policies();
  void make_seat(std::size_t index);
  void make_guest(const Seat& seat, rt::Handle& space);
  void hand_out(std::size_t index);
  void give(std::size_t index, std::uint64_t place, rt::Handle source, ObjectType type, std::uint64_t rights, std::uint64_t badge = 0);
  void give_gate(std::size_t index, std::uint64_t place, rt::Handle endpoint);
  void give_untyped(std::size_t index, std::uint64_t place);
  std::uint64_t random_rights();
  void start(std::size_t index);
  void look_after(std::size_t index);
  [[nodiscard]] std::uint64_t calls_made() const;
  void check_empty() const;

  const Supplies& supplies_;
  Random random_;
  std::size_t members_;
  bool self_manage_;  // members may change their own namespaces
  std::array<rt::Handle, kNamespaces> tenants_{};
  std::array<Seat, Crew::kMost> seats_{};
  std::array<rt::Handle, 2> endpoints_{}, replies_{}, notifications_{};
  rt::Handle timer_ = 0;
  std::array<std::uint64_t, 128> slots_{};  // of the component's table, in use by this round
  std::size_t slots_used_ = 0;
};

}  // namespace tessera::storm
