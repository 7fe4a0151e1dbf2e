// SPDX-License-Identifier: Apache-2.0
// A program that is brought in while the system runs, to take the place of a component's. It comes into the half of the
// component's room that the present program is not in, and nothing of it is used before all of it was checked.
#pragma once

#include <abi/protocols/supervisor.hpp>
#include <cstddef>
#include <expected>
#include <span>

#include "components/genesis/component.hpp"
#include "components/genesis/trust.hpp"

namespace tessera::genesis {

class Incoming {
 public:
  using Status = protocol::supervisor::Status;
  using Answer = std::expected<void, Status>;

  [[nodiscard]] Answer begin(Component& component, std::uint64_t bytes);
  [[nodiscard]] Answer add(std::span<const std::byte> part);
  // `last`: signature and name. From now on the component's program is this one; which component that is.
  [[nodiscard]] std::expected<Component*, Status> finish(std::span<const std::byte> last, const Trust& trust);

 private:
  Component* component_ = nullptr;  // null: none is on its way
  std::span<std::byte> place_;
  std::size_t count_ = 0;  // bytes that came
};

// Maps the room of each component that has one. Fatal without memory.
void make_rooms(std::span<Component> components);

}  // namespace tessera::genesis
