// SPDX-License-Identifier: Apache-2.0
// What ties a personality to the component that schedules its threads: memory that both
// write, a table of the personality's through which the other names its threads, and a
// notification of contention. They are genesis' own and outlive both sides.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "components/genesis/gift.hpp"
#include "lib/format/manifest.hpp"

namespace tessera::genesis {

struct Schedule {
  std::size_t scheduler = 0, scheduled = 0;  // indices of the components
  Handle rows = 0, table = 0, contention = 0;
};

class Schedules {
 public:
  static constexpr std::size_t kMost = 31;

  // Makes what the manifest names. Fatal without memory for it.
  void make(const format::Manifest& manifest);
  // Each table becomes a member of the scheduled component's namespace.
  void move_in(std::span<const Component> components) const;
  // What the component has of them, as either side.
  void give(Gift& gift, const Component& component) const;

 private:
  void add(const format::Manifest& manifest, std::size_t component, std::string_view scheduled);

  std::array<Schedule, kMost> schedules_{};
  std::size_t count_ = 0;
};

}  // namespace tessera::genesis
