// SPDX-License-Identifier: Apache-2.0
// Several threads that make random calls of every kind, are preempted in the middle
// of long ones, faulted, suspended and deleted, while time passes. No model: the
// invariants must hold, and all memory must come back in the end.
#pragma once

#include <array>

#include "tests/unit/kernel/fixture/machine.hpp"
#include "tests/unit/kernel/fixture/random.hpp"

namespace tessera::nucleus::test {

class Chaos {
 public:
  explicit Chaos(std::uint64_t seed);
  void step();
  // Everything is revoked: true when all of the Untyped is back.
  bool finish();
  Machine machine;

 private:
  static constexpr std::uint64_t kFirst = 64, kSlots = 96;
  std::uint64_t slot_index() { return kFirst + random_.below(kSlots); }
  std::uint64_t empty_index();                  // most often
  std::uint64_t handle();                       // of whatever is in a random slot
  std::uint64_t handle_of(ObjectType type);     // of an object of that type if there is one
  std::uint64_t address();                      // page-aligned, mostly in the halves that may be mapped
  std::uint64_t number();                       // of any size
  Thread* ready_thread();
  void set_up();
  void set_up_tenant();

  void pass_time();
  void revive(unsigned thread);
  void make_something(Thread& thread);
  void change_tables(Thread& thread);
  void communicate(Thread& thread);
  void change_threads(Thread& thread);
  void change_spaces(Thread& thread);
  void use_events(Thread& thread);
  void use_namespaces(Thread& thread);
  void call_nonsense(Thread& thread);

  [[nodiscard]] bool harms_the_test(std::uint64_t handle, std::uint32_t method, std::uint64_t argument);
  [[nodiscard]] bool harms_by_swap(std::uint64_t handle, std::uint32_t method, std::uint64_t index);
  void enter(Thread& thread, abi::Call call, std::uint64_t handle, std::array<std::uint64_t, 8> words, unsigned word_count,
             std::uint32_t label = 0, std::uint64_t reply = 0, unsigned capabilities = 0);
  template <typename Method>
  void invoke(Thread& thread, std::uint64_t handle, Method method, std::array<std::uint64_t, 8> words) {
    enter(thread, abi::Call::invoke, handle, words, 6, static_cast<std::uint32_t>(method));
  }

  // A thread of a namespace below: makes calls as the others do, by way of the root table, which it reaches through its own.
  [[nodiscard]] Thread* ready_tenant();
  std::uint64_t as_tenant(std::uint64_t handle) const;

  Random random_;
  Thread* tenant_ = nullptr;          // makes the present call
  std::uint64_t tenant_cap_ = 0;      // of its thread
  std::uint64_t tenant_root_ = 0;     // the root table, in its own
};

}  // namespace tessera::nucleus::test
