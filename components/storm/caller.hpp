// SPDX-License-Identifier: Apache-2.0
// Makes one random call after another for a storm thread, counts them, and remembers
// what came of them. Runs in the member's own space: no globals, no runtime.
#pragma once

#include <arch_system_call.hpp>
#include <guest_registers.hpp>

#include "components/storm/member.hpp"

namespace tessera::storm {

class Caller {
 public:
  explicit Caller(Member& self);
  void step();

 private:
  using Words = std::array<std::uint64_t, 8>;

  // Returns what came back; counted under `row`.
  rt::arch::Registers make(std::size_t row, std::uint64_t tag, std::uint64_t handle, const Words& words, std::uint64_t reply);
  [[nodiscard]] std::size_t random_method();
  [[nodiscard]] std::size_t row_for(std::size_t row, std::uint64_t handle) const;
  // It is a capability to the machine.
  [[nodiscard]] bool tells_time(std::uint64_t handle);
  void invoke();
  void communicate();
  void run_guest();
  void call_nonsense();
  void scribble();
  void prepare_message(std::uint64_t capabilities);
  void learn(std::size_t row, std::uint64_t handle, const Words& arguments, const Words& results);
  void remember(std::uint64_t index, const Known& known);

  Member& self_;
  Random& random_;
  abi::MessagePage& message_;
  abi::GuestState& guest_;
};

}  // namespace tessera::storm
