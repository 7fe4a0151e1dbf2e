// SPDX-License-Identifier: Apache-2.0
// A virtio disk for the client of the channel `block`: see README.md.
#include "components/drivers/virtio_blk/program.hpp"
#include "lib/rt/component.hpp"

int component_main(const tessera::rt::Start& start) {
  using namespace tessera;
  return ddk::run_driver<protocol::block::Protocol, virtio_blk::Program>(start, "block");
}
