// SPDX-License-Identifier: Apache-2.0
#include "components/fs/fat/nodes.hpp"

#include <algorithm>
#include <array>

#include "components/fs/fat/table.hpp"

namespace tessera::fs::fat {

namespace {

constexpr std::size_t kMostNodes = 4096, kMostMoved = 4096;
constexpr unsigned kMostMoves = 64;  // of one file that are followed

// Directories may be there.
bool may_hold_entries(const Geometry& geometry, std::uint64_t sector) {
  if (sector >= geometry.fixed_root && sector < geometry.fixed_root + geometry.root_sectors) return true;
  return sector >= geometry.first_data && sector < geometry.first_data + std::uint64_t{geometry.clusters} * geometry.cluster_sectors;
}

void trim(Volume& volume) {
  if (volume.nodes.size() < kMostNodes) return;
  std::erase_if(volume.nodes, [](const auto& one) { return one.second->references == 1 && one.second->kept == 0 && !one.second->orphan; });
}

NodeRef known(const Volume& volume, InodeNumber number) {
  const auto at = volume.nodes.find(position_of(number));
  if (at != volume.nodes.end() && at->second->number == number) return at->second;
  const auto homeless = std::ranges::find(volume.homeless, number, [](const NodeRef& node) { return node->number; });
  return homeless == volume.homeless.end() ? nullptr : *homeless;
}

Io<NodeRef> load(Volume& volume, InodeNumber number) {
  const std::uint64_t position = position_of(number), sector = volume.sector_of_position(position);
  if (volume.nodes.contains(position) || !may_hold_entries(volume.geometry, sector)) co_return fail(Error::stale);
  struct Loaded {
    std::array<std::byte, entry::kBytes> slot{};
    bool kept = false;
  };
  const Result<Loaded> loaded = co_await run(volume, [&](Operation& operation) -> Result<Loaded> {
    Loaded found;
    copy(found.slot, TRY(operation.read(sector)).subspan(volume.offset_of_position(position), entry::kBytes));
    const std::uint8_t first = get8(found.slot, 0), attributes = get8(found.slot, entry::kAttributes);
    found.kept = first == entry::kDeleted && (get8(found.slot, entry::kCase) & entry::kKept) != 0;
    const bool used = first != entry::kEnd && first != entry::kDeleted && first != '.';
    const Entry of = Entry::of(found.slot, volume.geometry.fat32());
    if ((!used && !found.kept) || (attributes & entry::kVolume) != 0 || number_of(position, of.born) != number) return fail(Error::stale);
    // Its clusters are nobody's any more.
    if (found.kept && of.first != 0 && (!volume.geometry.holds(of.first) || TRY(table_value(operation, of.first)) == 0)) return fail(Error::stale);
    return found;
  });
  if (!loaded) co_return fail(loaded.error());
  // Somebody else may have met it meanwhile.
  NodeRef node = node_at(volume, position, loaded->slot);
  if (loaded->kept && !node->orphan) {
    node->orphan = true;
    volume.reserved.insert(position);
  }
  co_return node;
}

}  // namespace

Io<NodeRef> resolve(Volume& volume, InodeNumber number) {
  if (number == kRootNumber) co_return volume.root;
  for (unsigned moves = 0; moves < kMostMoves; ++moves) {
    if (NodeRef node = known(volume, number)) co_return node;
    const auto moved = volume.moved.find(number);
    if (moved == volume.moved.end()) break;
    number = moved->second;
  }
  co_return co_await load(volume, number);
}

Io<NodeRef> resolve_directory(Volume& volume, InodeNumber number) {
  Result<NodeRef> node = co_await resolve(volume, number);
  if (node && !(*node)->directory()) co_return fail(Error::not_directory);
  co_return node;
}

Io<NodeRef> resolve_file(Volume& volume, InodeNumber number) {
  Result<NodeRef> node = co_await resolve(volume, number);
  if (node && (*node)->directory()) co_return fail(Error::is_directory);
  co_return node;
}

NodeRef node_at(Volume& volume, std::uint64_t position, Bytes slot) {
  const auto at = volume.nodes.find(position);
  if (at != volume.nodes.end()) return at->second;
  trim(volume);
  NodeRef node = NodeRef::make();
  node->position = position;
  node->entry = Entry::of(slot, volume.geometry.fat32());
  node->number = number_of(position, node->entry.born);
  volume.nodes.emplace(position, node);
  return node;
}

Stamp unused_stamp(const Volume& volume, std::uint64_t position, Stamp stamp, InodeNumber also) {
  const auto used = [&](InodeNumber number) {
    return number == also || volume.moved.contains(number) || std::ranges::contains(volume.homeless, number, [](const NodeRef& node) { return node->number; });
  };
  for (unsigned tried = 0; tried < 200 && used(number_of(position, stamp)); ++tried) stamp.hundredths = static_cast<std::uint8_t>((stamp.hundredths + 1) % 200);
  return stamp;
}

void move_node(Volume& volume, Node& node, std::uint64_t position) {
  auto handle = volume.nodes.extract(node.position);
  const InodeNumber before = node.number;
  node.position = position;
  node.number = number_of(position, node.entry.born);
  if (!handle.empty()) {
    handle.key() = position;
    volume.nodes.insert(std::move(handle));
  }
  // Those who moved long ago are asked for by their new numbers.
  if (volume.moved.size() >= kMostMoved) volume.moved.clear();
  volume.moved.erase(node.number);
  volume.moved[before] = node.number;
}

void swap_nodes(Volume& volume, Node& a, Node& b) {
  auto first = volume.nodes.extract(a.position), second = volume.nodes.extract(b.position);
  const std::uint64_t to_a = b.position, to_b = a.position;
  move_node(volume, a, to_a);
  move_node(volume, b, to_b);
  if (!first.empty()) {
    first.key() = to_a;
    volume.nodes.insert(std::move(first));
  }
  if (!second.empty()) {
    second.key() = to_b;
    volume.nodes.insert(std::move(second));
  }
}

void orphan_node(Volume& volume, Node& node, bool has_entry) {
  node.orphan = true;
  if (has_entry) {
    volume.reserved.insert(node.position);
    return;
  }
  const auto at = volume.nodes.find(node.position);
  if (at == volume.nodes.end()) return;
  volume.homeless.push_back(at->second);
  volume.nodes.erase(at);
  node.position = 0;
}

void forget_node(Volume& volume, Node& node) {
  std::erase_if(volume.homeless, [&](const NodeRef& one) { return one.get() == &node; });
  if (node.position == 0) return;
  const auto at = volume.nodes.find(node.position);
  if (at != volume.nodes.end() && at->second.get() == &node) volume.nodes.erase(at);
}

void detach_orphans(Volume& volume, std::uint64_t first_sector, std::uint64_t sectors) {
  const std::uint64_t per_sector = volume.entries_per_sector(), first = first_sector * per_sector, end = (first_sector + sectors) * per_sector;
  for (auto at = volume.nodes.lower_bound(first); at != volume.nodes.end() && at->first < end;) {
    const NodeRef node = at->second;
    at = volume.nodes.erase(at);
    if (!node->orphan) continue;
    node->position = 0;
    volume.homeless.push_back(node);
  }
  volume.reserved.erase(volume.reserved.lower_bound(first), volume.reserved.lower_bound(end));
}

Result<void> put_entry(Operation& operation, const Node& node, const Entry& entry) {
  if (node.position == 0) return {};
  const Volume& volume = operation.volume;
  const Room sector = TRY(operation.edit(volume.sector_of_position(node.position), Role::directory));
  entry.put(sector.subspan(volume.offset_of_position(node.position), entry::kBytes));
  return {};
}

}  // namespace tessera::fs::fat
