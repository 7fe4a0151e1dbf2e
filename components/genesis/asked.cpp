// SPDX-License-Identifier: Apache-2.0
#include "components/genesis/asked.hpp"

#include <algorithm>
#include <bit>

namespace tessera::genesis {

namespace {

// The lowest start, not below `from`, of a range of `bytes` that touches none of `others`: where one of those is in the
// way, the next try is behind it.
template <typename Ranges>
std::uint64_t first_gap(std::uint64_t from, std::uint64_t bytes, const Ranges& others) {
  for (;;) {
    const auto in_the_way = std::ranges::find_if(others, [&](const auto& one) {
      return one.bytes != 0 && one.start < from + bytes && from < one.start + one.bytes;
    });
    if (in_the_way == others.end()) return from;
    from = in_the_way->start + in_the_way->bytes;
  }
}

}  // namespace

void Asked::begin(const Room& room) {
  *this = {};
  room_ = room;
}

Held* Asked::spare() {
  const auto one = std::ranges::find(held_, Held::Kind::none, &Held::kind);
  return one == held_.end() ? nullptr : &*one;
}

std::optional<std::size_t> Asked::take_place() {
  const auto place = static_cast<std::size_t>(std::countr_one(taken_));
  if (place >= kMostPlaces) return std::nullopt;
  taken_ |= std::uint32_t{1} << place;
  return place;
}

std::optional<std::uint64_t> Asked::take_addresses(std::size_t place, std::uint64_t bytes, std::uint64_t limit) {
  const std::uint64_t room = addresses_for(bytes);
  const std::uint64_t start = first_gap(room_.address, room, mapped_);
  if (start > limit || room > limit - start) return std::nullopt;
  mapped_.at(place) = {.start = start, .bytes = room};
  return start;
}

void Asked::give_back(std::uint32_t places) {
  taken_ &= ~places;
  for (; places != 0; places &= places - 1) mapped_.at(static_cast<std::size_t>(std::countr_zero(places))) = {};
}

std::optional<std::uint64_t> Asked::find_memory(std::uint64_t bytes, std::uint64_t all) const {
  if (bytes > all) return std::nullopt;
  std::array<Range, kMostHeld> used{};
  std::ranges::transform(held_, used.begin(), [](const Held& one) {
    return one.kind == Held::Kind::memory ? Range{.start = one.offset, .bytes = one.bytes} : Range{};
  });
  const std::uint64_t start = first_gap(0, bytes, used);
  if (start > all - bytes) return std::nullopt;
  return start;
}

std::size_t Asked::memory_number() const {
  for (std::size_t number = 0;; ++number) {
    if (std::ranges::none_of(held_, [&](const Held& one) { return one.kind == Held::Kind::memory && one.which == number; })) return number;
  }
}

}  // namespace tessera::genesis
