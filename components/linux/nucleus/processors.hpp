// SPDX-License-Identifier: Apache-2.0
// The processors of the component: cores of the machine for which it has a Budget.
// Linux programs know them by the machine's numbers, so there may be holes.
#pragma once

#include <abi/start.hpp>
#include <cstdint>

#include "components/linux/core/processor_set.hpp"

namespace tessera::lx {

// Makes a Budget for each core as far as the component's share goes. At the start.
void open_processors(const tessera::abi::StartInfo& info);

[[nodiscard]] ProcessorSet processors();
[[nodiscard]] inline unsigned processor_count() { return static_cast<unsigned>(std::popcount(processors())); }
inline bool several_processors = false;
[[nodiscard]] unsigned first_processor();  // of the component's first thread
[[nodiscard]] std::uint64_t budget_of(unsigned number);
// How long its threads ran so far, ns.
[[nodiscard]] std::uint64_t busy_ns(unsigned number);

}  // namespace tessera::lx
