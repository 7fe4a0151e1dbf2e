// SPDX-License-Identifier: Apache-2.0
// An NVM Express disk for the client of the channel `block`: see README.md.
#include "components/drivers/nvme/program.hpp"
#include "lib/rt/component.hpp"

int component_main(const tessera::rt::Start& start) {
  using namespace tessera;
  return ddk::run_driver<protocol::block::Protocol, nvme::Program>(start, "block");
}
