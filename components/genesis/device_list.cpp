// SPDX-License-Identifier: Apache-2.0
#include "components/genesis/device_list.hpp"

#include <algorithm>

#include "components/genesis/devices.hpp"
#include "components/genesis/tree_device.hpp"
#include "lib/rt/log.hpp"

namespace tessera::genesis {

const Component* DeviceList::owner(DevicePlace place) const {
  const auto owned = std::span(owned_).first(count_);
  const auto found = std::ranges::find(owned, place, &Owned::place);
  return found == owned.end() ? nullptr : found->component;
}

bool DeviceList::take(DevicePlace place, const Component& component) {
  if (const Component* other = owner(place)) {
    rt::log("a device granted to {} is {}'s already: it does not get it", component.what.name, other->what.name);
    return false;
  }
  if (count_ == owned_.size()) return false;
  owned_[count_] = {place, &component};
  ++count_;
  return true;
}

std::optional<ListedDevice> DeviceList::find(std::size_t nth) {
  if (const Pci* bus = pci()) {
    if (const auto function = bus->function(nth)) {
      return ListedDevice{.place = {.in_tree = false, .address = function->address.number()},
                          .function = *function,
                          .class_code = bus->class_code(function->address)};
    }
  }
  const auto in_tree = nth_in_tree(nth);
  if (!in_tree) return std::nullopt;
  return ListedDevice{.place = {.in_tree = true, .address = in_tree->address}, .compatible = in_tree->compatible};
}

DeviceList& device_list() {
  static constinit DeviceList all;
  return all;
}

}  // namespace tessera::genesis
