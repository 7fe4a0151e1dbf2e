// SPDX-License-Identifier: Apache-2.0
// Turns a random number into an operation of an actor and makes it in the nucleus.
// A number means something in every state, so that any may be left out of a sequence.
#pragma once

#include <functional>
#include <optional>

#include "tests/unit/kernel/differential/operation.hpp"
#include "tests/unit/kernel/differential/world.hpp"
#include "tests/unit/kernel/fixture/random.hpp"

namespace tessera::nucleus::test {

// Things that a generator can fail to reach without anybody noticing.
struct Reached {
  std::uint64_t through_gates = 0;     // capabilities that crossed a border through a gate alone
  std::uint64_t by_hand = 0;           // ... in a message, by an ancestor
  std::uint64_t stopped = 0;           // messages that lost some
  std::uint64_t deep = 0;              // handles of three levels
  std::uint64_t preempted = 0;
};

class Play {
 public:
  explicit Play(World& world, Reached& reached) : world_(world), reached_(reached) {}
  // What was made; nothing when the number means nothing here. `trouble` is set when
  // the nucleus did what no model is needed for to tell that it is wrong.
  std::optional<Performed> step(std::uint64_t number);
  [[nodiscard]] const std::string& trouble() const { return trouble_; }

 private:
  // What a path from an actor's table leads to.
  struct Named {
    std::uint64_t handle = 0;
    CapTable* table = nullptr;
    std::uint64_t index = 0;
    [[nodiscard]] Slot& slot() const { return *table->raw(index); }
    [[nodiscard]] Where where() const { return {table, index}; }
    [[nodiscard]] bool is(ObjectType type) const { return slot().type == type; }
    [[nodiscard]] CapTable& names_table() const { return *slot().as<CapTable>(); }
  };
  [[nodiscard]] Named name(Random& random);
  [[nodiscard]] Named name_where(Random& random, const std::function<bool(const Slot&)>& wanted);
  [[nodiscard]] Named name_of(Random& random, ObjectType type);
  // To be invoked: of that type or empty; another's methods have the same numbers.
  [[nodiscard]] std::optional<Named> name_to_invoke(Random& random, ObjectType type);
  [[nodiscard]] std::uint64_t some_index(Random& random, CapTable& table);
  [[nodiscard]] std::uint64_t index_to_fill(Random& random, const Named& table);
  [[nodiscard]] std::uint64_t index_in_use(Random& random, const Named& table);

  [[nodiscard]] Performed begin(Kind kind) const;
  template <typename Method>
  Performed invoke(Performed performed, const Named& named, Method method, Words words);
  template <typename Method>
  Performed fill(Performed performed, const Named& named, Method method, Words words, const Named& into, std::uint64_t index);
  void finish(Performed& performed, const Outcome& outcome);
  [[nodiscard]] std::uint64_t find_receiver(Random& random, const Slot& through, Actor*& receiver);

  std::optional<Performed> retype(Random& random);
  std::optional<Performed> mint(Random& random);
  std::optional<Performed> make_gate(Random& random);
  std::optional<Performed> move_or_swap(Random& random, Kind kind);
  std::optional<Performed> delete_or_revoke(Random& random, Kind kind);
  std::optional<Performed> send(Random& random);
  Performed reply(Random& random);
  // What goes with a message, of the present actor, to where in a receiver's table.
  struct Items {
    unsigned count = 0;
    std::array<const Namespace*, abi::kMessageCapabilities> from{};
  };
  Items choose_items(Random& random, Performed& told, Actor* receiver);
  void receive(Performed& told, const Items& items, const Actor& receiver, bool by_gate);
  std::optional<Performed> limit(Random& random);
  std::optional<Performed> policy(Random& random);
  std::optional<Performed> bad_handle(Random& random);

  World& world_;
  Reached& reached_;
  unsigned actor_ = 0;
  // A call that waits for its answer: nothing else happens before.
  Actor* caller_ = nullptr;
  unsigned server_ = 0;
  std::string trouble_;
};

}  // namespace tessera::nucleus::test
