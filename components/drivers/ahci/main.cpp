// SPDX-License-Identifier: Apache-2.0
// A SATA disk for the client of the channel `block`: see README.md.
#include "components/drivers/ahci/program.hpp"
#include "lib/rt/component.hpp"

int component_main(const tessera::rt::Start& start) {
  using namespace tessera;
  return ddk::run_driver<protocol::block::Protocol, ahci::Program>(start, "block");
}
