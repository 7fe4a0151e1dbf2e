// SPDX-License-Identifier: Apache-2.0
#include "components/genesis/shares.hpp"

#include <abi/start.hpp>
#include <algorithm>
#include <array>
#include <bit>
#include <functional>

#include "components/genesis/boot.hpp"
#include "components/genesis/fatal.hpp"
#include "components/genesis/loader.hpp"
#include "components/genesis/nodes.hpp"
#include "lib/rt/format.hpp"
#include "lib/rt/log.hpp"

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

[[noreturn]] void too_little(const Component& component, std::string_view for_what, std::uint64_t bytes) {
  std::array<char, 32> where;
  const auto node = component.what.node ? rt::format_to(where, " on node {}", *component.what.node) : std::string_view();
  fatal("not enough memory{} for {}{}: it wants {} KiB", node, for_what, component.what.name, bytes / 1024);
}

// The nodes that a component's memory may be of, in the order in which they are asked.
NodeOrder nodes_of(const Component& component) {
  NodeOrder order = nearest_first(component.node);
  if (component.what.node) order.count = 1;
  return order;
}

std::uint64_t free_for(const Component& component) {
  return component.what.node ? store().free_bytes(component.node) : store().free_bytes();
}

Chunk must_take(const Component& component, unsigned bits, std::string_view for_what) {
  const NodeOrder order = nodes_of(component);
  for (const std::uint8_t node : order.all()) {
    if (const auto untyped = store().take_on(node, bits)) return {*untyped, bits, node};
  }
  too_little(component, for_what, std::uint64_t{1} << bits);
}

// Page tables: of a personality's guests too, which map the same memory many times.
unsigned page_table_bits(const Component& component) {
  // Those of who follows come from its leader's.
  if (component.follows()) return 12;
  if (component.what.kind != format::ComponentKind::linux) return component.followers == 0 ? 18 : 20;
  return std::clamp(bits_for(free_for(component) / 32), 21u, 24u);
}

// What a component may ask for at a time; 0: no memory.
unsigned reserve_bits(const Component& component) {
  const auto bytes = format::parse_number(component.request("memory").value_or("0")).value_or(0);
  if (bytes == 0) return 0;
  if (!std::has_single_bit(bytes) || bytes < format::kLeastChannelBytes || bytes > format::kMostChannelBytes) {
    fatal("the manifest has a bad amount of memory that {} may ask for", component.what.name);
  }
  return static_cast<unsigned>(std::countr_zero(bytes));
}

// What every component needs, beside its memory.
struct Part {
  Chunk Component::*chunk;
  unsigned bits;  // 0: none of that
  std::string_view what;
};

std::uint64_t image_bytes(const Component& component, std::span<const std::byte> program) {
  if (program.empty()) return 0;
  const auto plan = plan_program(component, program);
  if (!plan) fatal("the program of {}: {}", component.what.name, plan.error());
  return plan->end() - plan->start();
}

std::array<Part, 8> fixed_parts(const Component& component) {
  const std::uint64_t image = std::max(image_bytes(component, component.program), image_bytes(component, component.fallback));
  return {{{&Component::table, table_bits_of(component.what.kind) + kSlotBits, "the table of "},
           {&Component::misc, kMiscBits, "objects of "},
           {&Component::page_tables, page_table_bits(component), "page tables of "},
           {&Component::image, bits_for(std::max(image, component.what.reload)), "the image of "},
           {&Component::control, kControlBits, "the start page of "},
           {&Component::stack, kStackBits, "the stack of "},
          {&Component::reserve, reserve_bits(component), "what may be asked for by "},
          {&Component::rooms, component.what.reload == 0 ? 0 : bits_for(2 * component.what.reload), "programs in place of that of "}}};
}

void take_fixed(Component& component) {
  for (const Part& part : fixed_parts(component)) {
    if (part.bits != 0) component.*part.chunk = must_take(component, part.bits, part.what);
  }
}

// The largest first: the runtime uses up the last first.
void add_memory(Component& component, const Chunk& chunk) {
  std::size_t place = component.memory_count++;
  for (; place > 0 && component.memory[place - 1].bits < chunk.bits; --place) component.memory[place] = component.memory[place - 1];
  component.memory[place] = chunk;
}

// Gives `bytes` of one node in pieces, largest first; what could not be had.
std::uint64_t give_of(Component& component, std::uint8_t node, std::uint64_t bytes, unsigned least_bits, std::size_t most_pieces) {
  for (std::size_t pieces = 0; pieces < most_pieces && bytes >= std::uint64_t{1} << least_bits; ++pieces) {
    const unsigned wanted = std::min(static_cast<unsigned>(std::bit_width(bytes)) - 1, kMostPieceBits);
    const unsigned bits = std::min(wanted, store().largest_bits(node));
    if (bits < least_bits) break;
    const auto untyped = store().take_on(node, bits);
    if (!untyped) break;
    add_memory(component, {*untyped, bits, node});
    bytes -= std::uint64_t{1} << bits;
  }
  return bytes;
}

// Of as few nodes as can be. One that cannot give all leaves places to the others.
std::uint64_t give(Component& component, std::uint64_t bytes, unsigned least_bits) {
  const NodeOrder order = nodes_of(component);
  std::size_t nodes_left = order.count;
  for (const std::uint8_t node : order.all()) {
    const std::size_t places = Component::kMostMemory - component.memory_count;
    const bool has_all = store().free_bytes(node) >= bytes;
    bytes = give_of(component, node, bytes, least_bits, has_all ? places : places / nodes_left);
    --nodes_left;
  }
  return bytes;
}

using Room = std::array<std::uint64_t, kMostNodes>;

Room free_room() {
  Room room{};
  for (unsigned node = 0; node < node_count(); ++node) room[node] = store().free_bytes(node);
  return room;
}

// The node nearest to the component's core that has room for all; else the one with most room.
void choose_node(Component& component, Room& room, std::uint64_t bytes) {
  const NodeOrder order = nearest_first(boot().core_nodes.at(component.what.core));
  const auto nodes = order.all();
  if (const auto& wanted = component.what.node) {
    if (*wanted >= nodes.size()) fatal("{} is to be on node {}: this machine's last node is {}", component.what.name, *wanted, nodes.size() - 1);
    component.node = static_cast<unsigned>(*wanted);
  } else {
    const auto fits = std::ranges::find_if(nodes, [&](std::uint8_t node) { return room[node] >= bytes; });
    component.node = fits != nodes.end() ? *fits : std::ranges::max(nodes, {}, [&](std::uint8_t node) { return room[node]; });
  }
  room[component.node] -= std::min(room[component.node], bytes);
}

// By what will be taken, in the order in which it will be.
void choose_nodes(std::span<Component> components) {
  Room room = free_room();
  const auto fixed_bytes = [](const Component& component) {
    std::uint64_t sum = 0;
    for (const Part& part : fixed_parts(component)) sum += part.bits == 0 ? 0 : std::uint64_t{1} << part.bits;
    return sum;
  };
  for (Component& component : components) {
    if (component.what.memory.percent == 0) choose_node(component, room, fixed_bytes(component) + component.what.memory.bytes);
  }
  const std::uint64_t left = std::ranges::fold_left(room, std::uint64_t{0}, std::plus());
  for (Component& component : components) {
    const std::uint64_t percent = component.what.memory.percent;
    if (percent != 0) choose_node(component, room, fixed_bytes(component) + left / 100 * percent);
  }
}

void log_memory(const Component& component) {
  Room given{};
  for (const Chunk& chunk : component.memory_pieces()) given[chunk.node] += std::uint64_t{1} << chunk.bits;
  for (std::size_t node = 0; node < node_count(); ++node) {
    if (given[node] != 0) rt::log("{} has {} KiB of node {}", component.what.name, given[node] / 1024, node);
  }
}

}  // namespace

unsigned table_bits_of(format::ComponentKind kind) { return kind == format::ComponentKind::linux ? 16 : 12; }

void share_memory(std::span<Component> components) {
  choose_nodes(components);
  for (Component& component : components) take_fixed(component);
  for (Component& component : components) {
    const std::uint64_t bytes = component.what.memory.bytes;
    if (bytes != 0 && give(component, bytes, 12) >= 4096) too_little(component, "", bytes);
  }
  const Room left = free_room();
  const std::uint64_t all_left = store().free_bytes();
  for (Component& component : components) {
    if (component.what.memory.percent == 0) continue;
    const std::uint64_t of = component.what.node ? left[component.node] : all_left;
    (void)give(component, of / 100 * component.what.memory.percent, kLeastPieceBits);
    if (component.memory_count == 0) too_little(component, "", of / 100 * component.what.memory.percent);
  }
  if (node_count() == 1) return;
  for (const Component& component : components) log_memory(component);
}

}  // namespace tessera::genesis
