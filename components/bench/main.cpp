// SPDX-License-Identifier: Apache-2.0
// Runs all rows and ends.
#include "components/bench/measure.hpp"
#include "components/bench/peer.hpp"
#include "lib/rt/component.hpp"

int component_main(const tessera::rt::Start& start) {
  start.ready();
  tessera::bench::prepare_notification_rows();
  tessera::bench::peers().settle();
  tessera::bench::run_ipc_rows();
  tessera::bench::run_notification_rows();
  tessera::bench::run_capability_rows();
  tessera::bench::run_mapping_rows();
  return 0;
}
