// SPDX-License-Identifier: Apache-2.0
// The namespace that each component lives in, with the limits of its manifest, and
// the rings in which the nucleus records what happens there. They outlast the
// component's lives.
#pragma once

#include <expected>
#include <span>
#include <string_view>

#include "components/genesis/component.hpp"
#include "components/genesis/gift.hpp"

namespace tessera::genesis {

// Makes the namespaces, and the rings if any component is granted the audit.
void make_tenants(std::span<Component> components);

// What the component's Budgets may have together, in millionths of a core.
inline constexpr std::uint64_t kOneCore = 1'000'000;
[[nodiscard]] std::uint64_t processor_of(const Component& component);

// Of a table that is a member of a component's namespace and not in the component's hands: so what it may ask for is
// charged to it.
inline constexpr unsigned kReserveTableBits = 2, kReserveSlots = 1 << kReserveTableBits;

// Makes the new objects of a life members of the component's namespace.
[[nodiscard]] std::expected<void, std::string_view> move_in(const Component& component);

// Grants the rings of all components to one that may read them.
void give_audit(FirstGift& gift);

// The machine is about to stop: lets the component with the audit write down what
// is still in the rings.
void finish_audit();

}  // namespace tessera::genesis
