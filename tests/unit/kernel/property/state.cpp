// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/kernel/property/state.hpp"

#include <algorithm>

namespace tessera::nucleus::test {

CapId Model::find(Place place) const {
  const auto found = at.find(place);
  return found == at.end() ? 0 : found->second;
}

CapId Model::add(ModelCap cap) {
  const CapId id = ++last_;
  at[cap.place] = id;
  ++references_[cap.object];
  if (cap.parent != 0) caps.at(cap.parent).children.push_front(id);
  caps.emplace(id, std::move(cap));
  return id;
}

CapId Model::copy(CapId source, Place to, std::uint8_t rights, std::uint64_t badge) {
  ModelCap made = caps.at(source);
  made.rights &= rights;
  if (badge != 0) made.badge = badge;
  made.parent = source;
  made.children.clear();
  made.place = to;
  return add(std::move(made));
}

void Model::swap(CapId a, CapId b) {
  std::swap(caps.at(a).place, caps.at(b).place);
  at[caps.at(a).place] = a;
  at[caps.at(b).place] = b;
}

void Model::move(CapId source, Place to) {
  at.erase(caps.at(source).place);
  caps.at(source).place = to;
  at[to] = source;
}

// What was derived from a capability takes its place among its parent's children.
void Model::adopt_children(CapId from) {
  const CapId to = caps.at(from).parent;
  std::deque<CapId> orphans = std::move(caps.at(from).children);
  caps.at(from).children.clear();
  for (const CapId child : orphans) caps.at(child).parent = to;
  if (to == 0) return;
  std::deque<CapId>& family = caps.at(to).children;
  family.insert(std::ranges::find(family, from), orphans.begin(), orphans.end());
}

// One capability goes; its children become its parent's.
void Model::clear(CapId id) {
  const CapId parent = caps.at(id).parent;
  adopt_children(id);
  const ModelCap gone = std::move(caps.at(id));
  caps.erase(id);
  at.erase(gone.place);
  if (parent != 0) {
    ModelCap& above = caps.at(parent);
    std::erase(above.children, id);
    if (above.children.empty()) above.watermark = 0;  // all its memory comes back
  }
  if (--references_.at(gone.object) == 0 && gone.type == ObjectType::cap_table) dying_.push_back(gone.object);
}

// One capability goes; an Untyped takes along what was made from it.
void Model::end(CapId id) {
  while (caps.at(id).type == ObjectType::untyped && !caps.at(id).children.empty()) clear(caps.at(id).children.front());
  clear(id);
}

// Tables that nothing names any more are emptied, slot by slot.
void Model::drain() {
  for (; !dying_.empty(); dying_.pop_front()) {
    const ObjectId table = dying_.front();
    for (auto slot = at.lower_bound({table, 0}); slot != at.end() && slot->first.table == table; slot = at.lower_bound({table, 0})) {
      end(slot->second);
    }
  }
}

void Model::remove(CapId id) {
  end(id);
  drain();
}

void Model::revoke(CapId id) {
  // The capability may be in a table that goes with its own children: then it is gone, too.
  while (caps.contains(id) && !caps.at(id).children.empty()) {
    clear(caps.at(id).children.front());
    drain();
  }
}

std::optional<Model::Room> Model::room(CapId untyped, std::uint64_t bytes, std::uint64_t count) const {
  const ModelCap& from = caps.at(untyped);
  const std::uint64_t start = align_up(from.watermark, bytes), end = start + bytes * count;
  if (end > std::uint64_t{1} << from.size_bits) return std::nullopt;
  return Room{start, end};
}

}  // namespace tessera::nucleus::test
