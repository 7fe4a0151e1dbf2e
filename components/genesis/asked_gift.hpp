// SPDX-License-Identifier: Apache-2.0
// What a component is given while it runs: each capability into one of the slots that were left for such, under a name in
// the place of the start page that belongs to it.
#pragma once

#include <bit>

#include "components/genesis/gift.hpp"
#include "components/genesis/window.hpp"

namespace tessera::genesis {

class AskedGift final : public Gift {
 public:
  explicit AskedGift(Component& component) : Gift(component), page_(component.control_memory, StartPage::kBytes, abi::kRightRead | abi::kRightWrite) {
    if (!page_.valid()) fail(abi::name(page_.error()));
  }

  // The places that were taken, a bit for each.
  [[nodiscard]] std::uint32_t places() const { return places_; }
  [[nodiscard]] bool is_full() const { return full_; }

  // Empties these places of their names. What their slots held goes by being revoked.
  static void remove(Component& component, std::uint32_t places);

 private:
  [[nodiscard]] std::optional<std::uint64_t> take_slot() override {
    const std::size_t place = mapped_ ? *mapped_ : take_place();
    mapped_.reset();
    if (place == Asked::kMostPlaces) return std::nullopt;
    last_ = place;
    return component_.asked.room().slot + place;
  }
  // Memory is mapped before its capability is given: the place is that one's.
  [[nodiscard]] std::optional<std::uint64_t> take_addresses(std::uint64_t bytes) override {
    const std::size_t place = take_place();
    if (place == Asked::kMostPlaces) return std::nullopt;
    mapped_ = place;
    return component_.asked.take_addresses(place, bytes, abi::kFreeAddress + component_.area);
  }
  [[nodiscard]] bool write(const rt::Grant& grant) override { return StartPage::fill(page_.bytes(), component_.asked.room().entry + last_, grant); }
  // It goes with what it was made from.
  [[nodiscard]] bool attached(std::uint64_t) override { return true; }

  std::size_t take_place() {
    const auto place = component_.asked.take_place();
    full_ = full_ || !place;
    if (place) places_ |= std::uint32_t{1} << *place;
    return place.value_or(Asked::kMostPlaces);
  }

  Window page_;
  std::uint32_t places_ = 0;
  std::size_t last_ = 0;
  std::optional<std::size_t> mapped_;
  bool full_ = false;
};

}  // namespace tessera::genesis
