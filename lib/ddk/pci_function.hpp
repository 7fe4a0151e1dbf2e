// SPDX-License-Identifier: Apache-2.0
// A function on PCI as genesis describes it in the start page (components/genesis/device_grant.hpp): its windows, and
// its table of messages.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "lib/ddk/interrupt.hpp"
#include "lib/rt/mmio.hpp"
#include "lib/rt/start.hpp"

namespace tessera::ddk {

class PciFunction {
 public:
  // `prefix`: of its grants, "device1" for the second. Both must live as long as this.
  explicit PciFunction(const rt::Start& start, std::string_view prefix = "device") : start_(start), prefix_(prefix) {}

  // A stretch of registers, `0x4:0x1000:0x38` in the start page; `extra` behind another colon.
  struct Place {
    std::uint64_t bar = 0, offset = 0, length = 0;
    std::optional<std::uint64_t> extra;
  };
  // The configuration `key` of the function. None: it has no such thing, or it is described badly.
  [[nodiscard]] std::optional<Place> place(std::string_view key) const;

  // Empty when it was not granted.
  [[nodiscard]] rt::Mmio bar(std::uint64_t number) const;
  // Empty when it is not inside.
  [[nodiscard]] rt::Mmio window(const Place& place, std::uint64_t bytes) const { return bar(place.bar).part(place.offset, bytes); }

 private:
  const rt::Start& start_;
  std::string_view prefix_;
};

// PCI 3.0, 6.8.2.
class MsixTable {
 public:
  static constexpr std::size_t kEntryBytes = 16;
  MsixTable() = default;
  // Without entries where the function has none.
  explicit MsixTable(const PciFunction& function);
  // False: there is no such entry.
  bool set(std::size_t entry, const InterruptMessage& message) const;

 private:
  rt::Mmio table_;
};

}  // namespace tessera::ddk
