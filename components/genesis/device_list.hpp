// SPDX-License-Identifier: Apache-2.0
// The machine's devices, and which component has each: a device is no more than one's, by whichever name it was granted.
#pragma once

#include <array>
#include <optional>

#include "components/genesis/component.hpp"

namespace tessera::genesis {

struct DevicePlace {
  bool in_tree = false;
  std::uint64_t address = 0;  // of its registers; on PCI its number as a requester
  bool operator==(const DevicePlace&) const = default;
};

// What a device says of itself.
struct ListedDevice {
  DevicePlace place;
  PciFunction function{};            // on PCI
  std::uint32_t class_code = 0;      // on PCI
  std::string_view compatible{};     // in the tree: the first
};

class DeviceList {
 public:
  // It is the component's from now on. False: somebody has it, which is said in the log.
  [[nodiscard]] bool take(DevicePlace place, const Component& component);
  // None: nobody has it.
  [[nodiscard]] const Component* owner(DevicePlace place) const;
  // All functions on PCI, then what in the device tree has registers and is in use.
  [[nodiscard]] static std::optional<ListedDevice> find(std::size_t nth);

 private:
  struct Owned {
    DevicePlace place;
    const Component* component = nullptr;
  };
  std::array<Owned, format::Manifest::kMostComponents * Component::kMostDevices> owned_{};
  std::size_t count_ = 0;
};

[[nodiscard]] DeviceList& device_list();

}  // namespace tessera::genesis
