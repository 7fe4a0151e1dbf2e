// SPDX-License-Identifier: Apache-2.0
// Runs capability operations in the nucleus and in the model and compares.
#pragma once

#include <array>
#include <vector>

#include "tests/unit/kernel/fixture/random.hpp"
#include "tests/unit/kernel/property/state.hpp"

namespace tessera::nucleus::test {

// An operation as random numbers: it can be left out of a sequence, or replayed,
// and means something in every state.
struct Operation {
  std::uint64_t kind = 0;
  std::array<std::uint64_t, 6> random{};
  unsigned preemptions = 0;
};

[[nodiscard]] Operation random_operation(Random& random);

class CapabilityRun {
 public:
  CapabilityRun();
  // False when the nucleus and the model disagree (noted as failures).
  bool step(const Operation& operation);
  bool compare();  // every slot of every table
  Machine machine;

 private:
  // A capability that the root table names, by a handle of one or two levels.
  struct Named {
    std::uint64_t handle = 0;
    CapId cap = 0;
    Error error = Error::ok;  // when it names none
  };
  Named name(std::uint64_t random, std::uint64_t nested) const;
  Named name_table(std::uint64_t random) const;
  std::uint64_t index_in(ObjectId table, std::uint64_t random) const;
  std::uint64_t handle_at(ObjectId table, std::uint64_t index) const;

  void retype(const Operation& operation);
  void copy(const Operation& operation);
  void move(const Operation& operation);
  void swap(const Operation& operation);
  void remove_or_revoke(const Operation& operation, bool revoke);

  Model model_;
  std::map<ObjectId, CapTable*> tables_;
  ObjectId root_ = 0;
  CapId root_cap_ = 0, untyped_ = 0;
  std::uint64_t root_handle_ = 0;
};

}  // namespace tessera::nucleus::test
