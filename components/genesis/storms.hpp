// SPDX-License-Identifier: Apache-2.0
// How often the interrupts of a component may come: `interrupts` of its manifest, each, in a second. Where more come the nucleus
// masks the interrupt and genesis takes the driver as failed.
#pragma once

#include <cstdint>
#include <optional>

#include "components/genesis/component.hpp"

namespace tessera::genesis {

struct Storm {
  std::uint64_t count = 0;
  std::uint64_t took_ns = 0;
};

// Who hears of storms. Before the first life.
void watch_storms(Handle bell);
// Those of one life count anew; there is no storm.
void limit_interrupts(const Component& component);
void limit_interrupts(const Component& component, const Device& device);
void limit_interrupt(const Component& component, Handle interrupt);
// Of one of its interrupts, perhaps while it was ended for something else.
[[nodiscard]] std::optional<Storm> find_storm(const Component& component);

}  // namespace tessera::genesis
