// SPDX-License-Identifier: Apache-2.0
// One life of a component: from its objects to its first instruction, and the end
// of all that.
#pragma once

#include <expected>
#include <string_view>

#include "components/genesis/broker.hpp"
#include "components/genesis/channels.hpp"
#include "components/genesis/component.hpp"
#include "components/genesis/pools.hpp"
#include "components/genesis/schedules.hpp"
#include "components/genesis/trust.hpp"
#include "lib/format/bundle.hpp"

namespace tessera::genesis {

struct Surroundings {
  const format::Bundle& bundle;
  const Channels& channels;
  const Pools& pools;
  const Schedules& schedules;
  Broker& broker;
  Trust& trust;
  Handle supervisor = 0;  // endpoint, without a badge
};

// Makes everything anew and lets the component run. On an error nothing of it is left.
[[nodiscard]] std::expected<void, std::string_view> begin_life(Component& component, const Surroundings& around);
// Takes away everything that the component has and everything made from it.
void end_life(Component& component);

}  // namespace tessera::genesis
