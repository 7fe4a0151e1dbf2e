// SPDX-License-Identifier: Apache-2.0
// Arguments near the valid ones: what an argument is for is known by its name in
// abi/nucleus.toml. Now and then one is hostile.
#pragma once

#include <abi/nucleus.methods.hpp>
#include <cstdint>
#include <string_view>

#include "components/storm/member.hpp"

namespace tessera::storm {

enum class Kind : std::uint8_t {
  number, type, rights, map_rights, slot, size_bits, count, badge, offset, bytes, letters, width, address, pages, attachment, priority,
  small, mask, events, limit, core, share, period, deadline, entry, stack, argument, tls, port, cursor, physical,
  any, member, table, space, thread, memory, endpoint, budget, untyped, notification,
};

// One that no arm knows is a number.
consteval Kind kind_of(const abi::MethodShape& method, const abi::ArgumentShape& argument) {
  const ObjectType object = method.object;
  const std::string_view name = argument.name;
  if (argument.type == "object_type") return Kind::type;
  if (argument.type == "rights") return object == ObjectType::address_space && method.name != "attach" ? Kind::map_rights : Kind::rights;
  if (argument.type == "handle") {
    if (name == "table") return Kind::table;
    if (name == "space" || name == "host" || (name == "source" && object == ObjectType::address_space)) return Kind::space;
    if (name == "memory") return Kind::memory;
    if (name == "fault" || name == "endpoint") return Kind::endpoint;
    if (name == "budget") return Kind::budget;
    if (name == "untyped") return Kind::untyped;
    if (name == "notification") return Kind::notification;
    if (name == "member") return Kind::member;
    return Kind::any;
  }
  if (object == ObjectType::io_ports && name == "port") return Kind::port;
  if (object == ObjectType::io_ports && name == "bytes") return Kind::width;
  if (object == ObjectType::log && name == "bytes") return Kind::letters;
  if (object == ObjectType::namespace_ && (name == "memory" || name == "slots" || name == "threads" || name == "namespaces" ||
                                           name == "processor")) {
    return Kind::limit;
  }
  if (object == ObjectType::machine) return name == "physical" ? Kind::physical : Kind::number;
  if (name == "index" || name == "first") return Kind::slot;
  if (name == "size_bits" || name == "largest_bits") return Kind::size_bits;
  if (name == "count") return Kind::count;
  if (name == "badge") return Kind::badge;
  if (name == "offset") return Kind::offset;
  if (name == "bytes") return Kind::bytes;
  if (name == "address") return Kind::address;
  if (name == "pages") return Kind::pages;
  if (name == "attachment") return object == ObjectType::dma_domain ? Kind::number : Kind::attachment;
  if (name == "priority") return Kind::priority;
  if (name == "mode" || name == "view" || name == "on") return Kind::small;
  if (name == "types" || name == "exports" || name == "imports") return Kind::mask;
  if (name == "events") return Kind::events;
  if (name == "core") return Kind::core;
  if (name == "budget") return Kind::share;
  if (name == "period") return Kind::period;
  if (name == "deadline") return Kind::deadline;
  if (name == "entry" || name == "target" || name == "start" || name == "end") return Kind::entry;
  if (name == "stack") return Kind::stack;
  if (name == "argument") return Kind::argument;
  if (name == "tls") return Kind::tls;
  if (name == "cursor") return Kind::cursor;
  return Kind::number;
}

// The kinds of all arguments, by row.
using Kinds = std::array<std::array<Kind, abi::kMethods.front().argument.size()>, abi::kMethods.size()>;
inline constexpr Kinds kKinds = [] consteval {
  Kinds kinds{};
  for (std::size_t row = 0; row < kinds.size(); ++row) {
    for (std::size_t i = 0; i < abi::kMethods.at(row).arguments; ++i) {
      kinds.at(row).at(i) = kind_of(abi::kMethods.at(row), abi::kMethods.at(row).argument.at(i));
    }
  }
  return kinds;
}();

// A value that no one expects.
[[nodiscard]] std::uint64_t hostile_number(Random& random);
// A handle of an object of that type if one is known; at times of another, a stale one, a path, garbage.
[[nodiscard]] std::uint64_t handle_of(Member& self, ObjectType type);
[[nodiscard]] std::uint64_t any_handle(Member& self);
[[nodiscard]] std::uint64_t slot_index(Member& self);
[[nodiscard]] std::uint64_t value_of(Member& self, Kind kind);

}  // namespace tessera::storm
