// SPDX-License-Identifier: Apache-2.0
// What the IOMMU refused devices; the watch hears that there is something.
#pragma once

#include <abi/nucleus.client.hpp>
#include <cstdint>
#include <optional>

#include "components/genesis/store.hpp"
#include "components/genesis/watch.hpp"
#include "lib/rt/system_call.hpp"

namespace tessera::genesis {

using DmaFault = abi::MachineTakeDmaFaultResult;

class DmaFaults {
 public:
  static constexpr std::uint64_t kRead = 1, kWrite = 2;

  // Nothing comes on a machine without IOMMU.
  explicit DmaFaults(const Watch& watch);
  DmaFaults(const DmaFaults&) = delete;
  DmaFaults& operator=(const DmaFaults&) = delete;

  // The next one; none: from now on the watch hears of another.
  [[nodiscard]] std::optional<DmaFault> take();
  // As if there had been an interrupt.
  void come_again() {
    if (bell_ != 0) (void)rt::notify(bell_);
  }
  // One line, with how many were left out before. `whose`: the component's name.
  void log(const DmaFault& fault, std::string_view whose);
  // Of a device that no component has: of many in a second the first ones only.
  void log_strange(const DmaFault& fault, bool silenced);
  void leave_out() { ++left_out_; }

 private:
  Handle bell_ = 0, interrupt_ = 0;
  std::uint64_t second_ = 0, in_second_ = 0, left_out_ = 0;
};

}  // namespace tessera::genesis
