// SPDX-License-Identifier: Apache-2.0
#include "components/genesis/shares.hpp"

#include <abi/start.hpp>
#include <algorithm>
#include <bit>

#include "components/genesis/boot.hpp"
#include "components/genesis/fatal.hpp"
#include "components/genesis/loader.hpp"

namespace tessera::genesis {

namespace {

constexpr unsigned kSlotBits = 6;
constexpr unsigned kMiscBits = 16;     // address space, thread, budget
constexpr unsigned kControlBits = 17;  // start page and message page
constexpr unsigned kStackBits = 18;
static_assert(std::uint64_t{1} << kStackBits == abi::kStackBytes);
constexpr unsigned kLeastPieceBits = 16;  // smaller remainders of a share are not worth a capability
constexpr unsigned kMostPieceBits = 30;

unsigned bits_for(std::uint64_t bytes) { return static_cast<unsigned>(std::bit_width(std::max<std::uint64_t>(bytes, 4096) - 1)); }

Chunk must_take(const Component& component, unsigned bits, std::string_view for_what) {
  const auto untyped = store().take(bits);
  if (!untyped) fatal("not enough memory for {} of {} ({} KiB)", for_what, component.what.name, (std::uint64_t{1} << bits) / 1024);
  return {*untyped, bits};
}

// Page tables: of a personality's guests too, which map the same memory many times.
unsigned page_table_bits(const Component& component) {
  if (component.what.kind != format::ComponentKind::linux) return 18;
  return std::clamp(bits_for(store().free_bytes() / 32), 21u, 24u);
}

void take_fixed(Component& component) {
  const auto plan = plan_program(component);
  if (!plan) fatal("the program of {}: {}", component.what.name, plan.error());
  component.table = must_take(component, table_bits_of(component.what.kind) + kSlotBits, "the table");
  component.misc = must_take(component, kMiscBits, "objects");
  component.page_tables = must_take(component, page_table_bits(component), "page tables");
  component.image = must_take(component, bits_for(plan->end() - plan->start()), "the image");
  component.control = must_take(component, kControlBits, "the start page");
  component.stack = must_take(component, kStackBits, "the stack");
}

// Gives `bytes` in pieces, largest first; what could not be had.
std::uint64_t give(Component& component, std::uint64_t bytes, unsigned least_bits) {
  while (bytes >= std::uint64_t{1} << least_bits && component.memory_count < Component::kMostMemory) {
    const unsigned wanted = std::min(static_cast<unsigned>(std::bit_width(bytes)) - 1, kMostPieceBits);
    const unsigned bits = std::min(wanted, store().largest_bits());
    if (bits < least_bits) break;
    const auto untyped = store().take(bits);
    if (!untyped) break;
    component.memory[component.memory_count] = {*untyped, bits};
    ++component.memory_count;
    bytes -= std::uint64_t{1} << bits;
  }
  return bytes;
}

}  // namespace

unsigned table_bits_of(format::ComponentKind kind) { return kind == format::ComponentKind::linux ? 16 : 12; }

void share_memory(std::span<Component> components) {
  for (Component& component : components) take_fixed(component);
  for (Component& component : components) {
    if (const std::uint64_t bytes = component.what.memory.bytes; bytes != 0 && give(component, bytes, 12) >= 4096) {
      fatal("not enough memory for {}: it wants {} KiB", component.what.name, bytes / 1024);
    }
  }
  const std::uint64_t left = store().free_bytes();
  for (Component& component : components) {
    if (component.what.memory.percent == 0) continue;
    (void)give(component, left / 100 * component.what.memory.percent, kLeastPieceBits);
    if (component.memory_count == 0) fatal("not enough memory for {}: nothing is left", component.what.name);
  }
}

}  // namespace tessera::genesis
