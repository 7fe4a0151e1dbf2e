// SPDX-License-Identifier: Apache-2.0
#include "components/genesis/dma_faults.hpp"

#include "components/genesis/boot.hpp"
#include "components/genesis/fatal.hpp"
#include "lib/rt/clock.hpp"
#include "lib/rt/log.hpp"

namespace tessera::genesis {

namespace {

constexpr std::uint64_t kMostInSecond = 4;

std::string_view deed_of(const DmaFault& fault) {
  if (fault.kind == DmaFaults::kRead) return "a read at";
  return fault.kind == DmaFaults::kWrite ? "a write at" : "something, number";
}

}  // namespace

DmaFaults::DmaFaults(const Watch& watch) {
  if (!abi::machine_take_dma_fault(boot().machine)) return;
  const auto slot = rt::objects().take_slot();
  if (!slot || rt::objects().untyped().empty()) fatal("no memory for the IOMMU's interrupt");
  const auto made = abi::machine_make_interrupt(boot().machine, abi::kDmaFaults, 0, rt::objects().untyped().front(), rt::objects().own().table, *slot);
  if (!made) {
    rt::log("nobody hears of what the IOMMU refuses: {}", made.error());
    return;
  }
  bell_ = watch.bell(Watch::kDmaFault);
  interrupt_ = made->handle;
  if (const auto bound = abi::interrupt_bind(interrupt_, bell_); !bound) fatal("the IOMMU's interrupt: {}", bound.error());
}

std::optional<DmaFault> DmaFaults::take() {
  if (bell_ == 0) return std::nullopt;
  const auto fault = abi::machine_take_dma_fault(boot().machine);
  if (fault && fault->kind != 0) return *fault;
  (void)abi::interrupt_acknowledge(interrupt_);
  return std::nullopt;
}

void DmaFaults::log(const DmaFault& fault, std::string_view whose) {
  if (left_out_ != 0) rt::log("{} more were refused", left_out_);
  left_out_ = 0;
  rt::log("{}: its device {:#x} was refused {} {:#x} (reason {:#x}{})", whose, fault.device, deed_of(fault), fault.address, fault.reason,
          fault.lost != 0 ? ", and more" : "");
}

void DmaFaults::log_strange(const DmaFault& fault, bool silenced) {
  const std::uint64_t second = rt::now_ns() / 1'000'000'000;
  if (second != second_) in_second_ = 0;
  second_ = second;
  if (++in_second_ > kMostInSecond) return leave_out();
  log(fault, silenced ? "nobody" : "nothing that is known");
}

}  // namespace tessera::genesis
