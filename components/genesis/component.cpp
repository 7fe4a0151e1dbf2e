// SPDX-License-Identifier: Apache-2.0
#include "components/genesis/component.hpp"

#include "lib/rt/clock.hpp"

namespace tessera::genesis {

std::uint64_t Component::memory_bytes() const {
  std::uint64_t sum = 0;
  for (const Chunk& chunk : memory_pieces()) sum += std::uint64_t{1} << chunk.bits;
  return sum;
}

bool Component::is_granted(std::string_view name) const {
  std::string_view all = what.lines;
  while (const auto line = format::take_line(all)) {
    std::string_view rest = line->rest;
    if (line->key == "grant" && format::take_field(rest) == name) return true;
  }
  return false;
}

std::optional<std::string_view> Component::request(std::string_view name) const {
  std::string_view all = what.lines;
  while (const auto line = format::take_line(all)) {
    std::string_view rest = line->rest;
    if (line->key == "request" && format::take_field(rest) == name) return rest;
  }
  return std::nullopt;
}

bool Component::remember(std::uint64_t attachment) {
  if (!follows()) return true;
  if (gift_count == gifts.size()) return false;
  gifts[gift_count] = attachment;
  ++gift_count;
  return true;
}

void Component::become(State next) {
  state = next;
  since_ns = rt::now_ns();
}

}  // namespace tessera::genesis
