// SPDX-License-Identifier: Apache-2.0
#include "foreign/device_tree.hpp"

#include <algorithm>

namespace tessera::foreign {

namespace {

using Bytes = DeviceTree::Bytes;

constexpr std::uint32_t kMagic = 0xd00dfeed;
constexpr std::size_t kHeaderBytes = 40;
constexpr std::uint32_t kOldest = 16, kNewest = 17;  // versions that mean the same to us

constexpr std::size_t align_cells(std::size_t bytes) { return (bytes + 3) & ~std::size_t{3}; }

// All numbers are big-endian. 0 where there is none.
std::uint32_t get(Bytes bytes, std::size_t offset) {
  if (offset > bytes.size() || bytes.size() - offset < 4) return 0;
  std::uint32_t value = 0;
  for (const std::byte one : bytes.subspan(offset, 4)) value = value << 8 | static_cast<std::uint32_t>(one);
  return value;
}

std::optional<Bytes> part(Bytes bytes, std::size_t offset, std::size_t count) {
  if (offset > bytes.size() || bytes.size() - offset < count) return std::nullopt;
  return bytes.subspan(offset, count);
}

// Text up to a zero, which must be there.
std::optional<std::string_view> text_at(Bytes bytes, std::size_t offset) {
  if (offset >= bytes.size()) return std::nullopt;
  const Bytes rest = bytes.subspan(offset);
  const auto end = std::ranges::find(rest, std::byte{0});
  if (end == rest.end()) return std::nullopt;
  return std::string_view(reinterpret_cast<const char*>(rest.data()), static_cast<std::size_t>(end - rest.begin()));
}

}  // namespace

std::optional<std::uint64_t> DeviceTree::cells(Bytes bytes, std::size_t first, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (value >> 32 != 0) return std::nullopt;
    value = value << 32 | cell(bytes, first + i);
  }
  return value;
}

std::uint32_t DeviceTree::cell(Bytes bytes, std::size_t index) { return get(bytes, index * 4); }

std::size_t DeviceTree::size_of(Bytes head) {
  return get(head, 0) == kMagic && head.size() >= kHeaderBytes && get(head, 4) <= kMostBytes ? get(head, 4) : 0;
}

std::expected<DeviceTree, std::string_view> DeviceTree::open(Bytes blob) {
  const std::size_t bytes = size_of(blob);
  if (bytes < kHeaderBytes || bytes > blob.size()) return std::unexpected("the device tree is damaged");
  blob = blob.first(bytes);
  if (get(blob, 20) < kOldest || get(blob, 24) > kNewest) return std::unexpected("the device tree has an unknown version");
  const std::size_t structure = get(blob, 8);
  // Version 16 does not say how long the structure is: to the end at most.
  const std::size_t structure_bytes = get(blob, 20) >= kNewest ? get(blob, 36) : structure <= bytes ? (bytes - structure) & ~std::size_t{3} : 0;
  DeviceTree tree;
  const auto first = part(blob, structure, structure_bytes);
  const auto strings = part(blob, get(blob, 12), get(blob, 32));
  const std::size_t reservations = get(blob, 16);
  if (!first || !strings || reservations > bytes || structure % 4 != 0) return std::unexpected("the device tree is damaged");
  tree.structure_ = *first;
  tree.strings_ = *strings;
  tree.reservations_ = blob.subspan(reservations);
  if (const std::string_view why = tree.check(); !why.empty()) return std::unexpected(why);
  return tree;
}

DeviceTree::Token DeviceTree::token_at(std::size_t offset) const {
  if (offset > structure_.size() || structure_.size() - offset < 4) return {};
  const auto kind = static_cast<Kind>(get(structure_, offset));
  offset += 4;
  switch (kind) {
    case Kind::begin: {
      const auto name = text_at(structure_, offset);
      if (!name) return {};
      return {kind, *name, {}, align_cells(offset + name->size() + 1)};
    }
    case Kind::property: {
      const std::size_t bytes = get(structure_, offset);
      const auto name = text_at(strings_, get(structure_, offset + 4));
      if (structure_.size() - offset < 8) return {};
      const auto value = part(structure_, offset + 8, bytes);
      if (!name || !value) return {};
      return {kind, *name, *value, align_cells(offset + 8 + bytes)};
    }
    case Kind::end:
    case Kind::nothing:
    case Kind::last: return {kind, {}, {}, offset};
    case Kind::damaged: break;
  }
  return {};
}

// One root, balanced, not deeper than is followed, ended.
std::string_view DeviceTree::check() const {
  const Token root = token_at(0);
  if (root.kind != Kind::begin) return "the device tree does not begin with its root";
  unsigned depth = 1;
  for (std::size_t at = root.next;;) {
    const Token token = token_at(at);
    at = token.next;
    switch (token.kind) {
      case Kind::begin:
        if (depth == 0) return "the device tree has several roots";
        if (++depth > kMostDepth) return "the device tree is too deep";
        break;
      case Kind::end:
      case Kind::property:
        if (depth == 0) return "the device tree is not balanced";
        if (token.kind == Kind::end) --depth;
        break;
      case Kind::nothing: break;
      case Kind::last: return depth == 0 ? "" : "the device tree is not balanced";
      case Kind::damaged: return "the device tree is damaged";
    }
  }
}

std::optional<Bytes> DeviceTree::property(const Node& node, std::string_view name) const {
  for (std::size_t at = node.inside;;) {
    const Token token = token_at(at);
    at = token.next;
    if (token.kind == Kind::property && token.name == name) return token.value;
    if (token.kind != Kind::property && token.kind != Kind::nothing) return std::nullopt;  // properties come first
  }
}

bool DeviceTree::is_compatible(const Node& node, std::string_view with) const {
  const auto list = property(node, "compatible");
  for (std::size_t at = 0; list && at < list->size();) {
    const auto text = text_at(*list, at);
    if (!text) return false;
    if (*text == with) return true;
    at += text->size() + 1;
  }
  return false;
}

bool DeviceTree::in_use(const Node& node) const {
  const auto status = property(node, "status");
  if (!status) return true;
  const auto text = text_at(*status, 0).value_or("");
  return text == "okay" || text == "ok";
}

std::optional<std::uint64_t> DeviceTree::number(const Node& node, std::string_view name) const {
  const auto value = property(node, name);
  if (!value || (value->size() != 4 && value->size() != 8)) return std::nullopt;
  return cells(*value, 0, value->size() / 4);
}

DeviceTree::Bus DeviceTree::bus_of(const Node& node) const {
  // Most cells that an address has: PCI's three, the highest of which tells the kind.
  static constexpr std::uint64_t kMostCells = 4;
  Bus bus{.parent = node.bus};
  bus.address_cells = static_cast<std::uint32_t>(std::min(number(node, "#address-cells").value_or(2), kMostCells));
  bus.size_cells = static_cast<std::uint32_t>(std::min(number(node, "#size-cells").value_or(1), kMostCells));
  const auto ranges = property(node, "ranges");
  bus.translates = node.bus == nullptr || ranges.has_value();
  if (ranges) bus.ranges = *ranges;
  return bus;
}

std::optional<std::uint64_t> DeviceTree::translate(const Bus& on, std::uint64_t address) {
  for (const Bus* bus = &on; bus->parent != nullptr; bus = bus->parent) {
    if (!bus->translates) return std::nullopt;
    if (bus->ranges.empty()) continue;
    const std::size_t child = bus->address_cells, parent = bus->parent->address_cells;
    const std::size_t entry = child + parent + bus->size_cells;
    std::optional<std::uint64_t> found;
    for (std::size_t at = 0; (at + entry) * 4 <= bus->ranges.size() && !found; at += entry) {
      const auto from = cells(bus->ranges, at, child), to = cells(bus->ranges, at + child, parent);
      const auto length = cells(bus->ranges, at + child + parent, bus->size_cells);
      if (from && to && length && address >= *from && address - *from < *length) found = *to + (address - *from);
    }
    if (!found) return std::nullopt;
    address = *found;
  }
  return address;
}

std::optional<DeviceTree::Range> DeviceTree::range(const Node& node, unsigned index) const {
  const auto reg = property(node, "reg");
  if (!reg || node.bus == nullptr || node.bus->address_cells == 0) return std::nullopt;
  const std::size_t step = node.bus->address_cells + node.bus->size_cells;
  if (reg->size() / 4 < step * (index + std::size_t{1})) return std::nullopt;
  const auto on_bus = cells(*reg, index * step, node.bus->address_cells);
  const auto bytes = cells(*reg, index * step + node.bus->address_cells, node.bus->size_cells);
  const auto address = on_bus ? translate(*node.bus, *on_bus) : std::nullopt;
  if (!address || !bytes || *bytes > ~*address) return std::nullopt;
  return Range{*address, *address + *bytes};
}

std::optional<DeviceTree::Range> DeviceTree::reservation(unsigned index) const {
  const auto entry = part(reservations_, index * std::size_t{16}, 16);
  if (!entry) return std::nullopt;
  const std::uint64_t start = *cells(*entry, 0, 2), bytes = *cells(*entry, 2, 2);
  if ((start == 0 && bytes == 0) || bytes > ~start) return std::nullopt;
  return Range{start, start + bytes};
}

}  // namespace tessera::foreign
