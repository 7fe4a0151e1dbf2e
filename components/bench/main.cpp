// SPDX-License-Identifier: Apache-2.0
// Runs all rows, or beside a neighbour those of interference, and ends.
#include <abi/nucleus.client.hpp>

#include "components/bench/measure.hpp"
#include "components/bench/peer.hpp"
#include "lib/rt/component.hpp"
#include "lib/rt/log.hpp"

int component_main(const tessera::rt::Start& start) {
  start.ready();
  const auto machine = start.grant("machine");
  if (const auto neighbour = start.grant("channel.neighbour", tessera::abi::ObjectType::memory)) {
    tessera::bench::peers().settle();
    if (!machine) tessera::rt::panic("the manifest grants no machine.info");
    tessera::bench::run_interference_rows(*neighbour, machine->handle);
    return 0;
  }
  tessera::bench::prepare_notification_rows();
  tessera::bench::peers().settle();
  tessera::bench::run_ipc_rows();
  tessera::bench::run_notification_rows();
  tessera::bench::run_interrupt_rows(start.grant("ports.0"), start.grant("interrupt.0"));
  tessera::bench::run_capability_rows();
  tessera::bench::run_mapping_rows();
  // How long interrupts are off at most in what follows, which has the longest operations.
  if (machine) tessera::bench::need(tessera::abi::machine_measure_interrupts_off(machine->handle, 1), "measure");
  tessera::bench::run_revoke_rows();
  tessera::bench::run_namespace_rows();
  if (machine) {
    const auto info = tessera::bench::need(tessera::abi::machine_info(machine->handle), "machine");
    tessera::rt::log("interrupts-off-longest\t1\t{}", info.interrupts_off);  // ns, not of the counter
    tessera::bench::need(tessera::abi::machine_measure_interrupts_off(machine->handle, 0), "measure");
  }
  if (const auto root = start.grant("namespace")) tessera::bench::run_audit_rows(root->handle);
  return 0;
}
