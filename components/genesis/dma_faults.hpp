// SPDX-License-Identifier: Apache-2.0
// A message to genesis' own endpoint when the IOMMU refused a device something. As for the alarm,
// a second thread waits for it.
#pragma once

#include <abi/nucleus.client.hpp>
#include <cstdint>
#include <optional>

#include "components/genesis/store.hpp"
#include "lib/rt/system_call.hpp"

namespace tessera::genesis {

using DmaFault = abi::MachineTakeDmaFaultResult;

class DmaFaults {
 public:
  static constexpr std::uint32_t kLabel = 0x646d'6166;  // with badge 0, which no component has
  static constexpr std::uint64_t kRead = 1, kWrite = 2;

  // Sends nothing on a machine without IOMMU.
  explicit DmaFaults(Handle endpoint);
  DmaFaults(const DmaFaults&) = delete;
  DmaFaults& operator=(const DmaFaults&) = delete;

  // The next one; none: from now on there will be another message.
  [[nodiscard]] std::optional<DmaFault> take();
  // As if there had been an interrupt.
  void come_again() {
    if (raised_ != 0) (void)rt::notify(raised_);
  }
  // One line, with how many were left out before. `whose`: the component's name.
  void log(const DmaFault& fault, std::string_view whose);
  // Of a device that no component has: of many in a second the first ones only.
  void log_strange(const DmaFault& fault, bool silenced);
  void leave_out() { ++left_out_; }

 private:
  static void run(void* faults);

  Handle endpoint_;
  Handle raised_ = 0, interrupt_ = 0;
  std::uint64_t second_ = 0, in_second_ = 0, left_out_ = 0;
};

}  // namespace tessera::genesis
