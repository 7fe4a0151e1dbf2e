// SPDX-License-Identifier: Apache-2.0
// A machine for four actors: the root's, two siblings a and b, and a.child. Each has
// a thread with a table and an Untyped and a Reply in it; they share two endpoints.
//
// One more table, `held`, which no actor can reach, names the tables and endpoints
// (and itself), so that they outlive what the actors do. The machine's own table and
// thread 0 set limits and policies; they are not compared.
#pragma once

#include "tests/unit/kernel/differential/model_process.hpp"
#include "tests/unit/kernel/differential/observation.hpp"

namespace tessera::nucleus::test {

struct Actor {
  const char* name = "";
  std::string path;  // of its namespace: "/1"
  Namespace* space = nullptr;
  CapTable* table = nullptr;
  Thread* thread = nullptr;
  std::uint64_t space_cap = 0, table_cap = 0, address_space_cap = 0, thread_cap = 0;  // in the machine's table
};

class World {
 public:
  World();
  Machine machine;
  static constexpr unsigned kActors = 4;
  [[nodiscard]] Actor& actor(unsigned index) { return actors_.at(index); }
  [[nodiscard]] const std::array<Namespace*, kActors>& namespaces() const { return namespaces_; }
  [[nodiscard]] const TableNames& names() const { return names_; }

  // What an actor cannot go on without is not deleted, moved or swapped. Its table is
  // first: slots behind many empty ones are found most often.
  static constexpr std::uint64_t kOwnTable = 10, kUntyped = 11, kReply = 15;
  [[nodiscard]] bool protects(const CapTable& table, std::uint64_t index) const;

  // An endpoint's capability without a gate: to the model, replies go through it.
  [[nodiscard]] const CapTable& held() const { return *held_; }
  static constexpr std::uint64_t kPlainEndpoint = 7;

  // Tells the model the state that both begin with.
  void describe(ModelProcess& model);

 private:
  void make_tenant(Actor& tenant, std::uint64_t parent_cap);
  void run_thread(Actor& actor);
  void hand(std::uint64_t source, Actor& to, std::uint64_t index);
  void hand_untyped(Actor& to, std::uint64_t bits);

  std::array<Actor, kActors> actors_;
  std::array<Namespace*, kActors> namespaces_{};
  TableNames names_;
  CapTable* held_ = nullptr;
};

}  // namespace tessera::nucleus::test
