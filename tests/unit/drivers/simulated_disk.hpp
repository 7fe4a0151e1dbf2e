// SPDX-License-Identifier: Apache-2.0
// What a virtio disk does with requests (virtio 1.1, 5.2.6), for the simulator.
#pragma once

#include <string>

#include "components/drivers/virtio_blk/layout.hpp"
#include "lib/ddk/simulator/virtio_simulator.hpp"

namespace tessera::test {

class SimulatedDisk final : public ddk::simulator::Logic {
 public:
  SimulatedDisk(std::size_t bytes, std::uint64_t seed) : content(bytes), durable(bytes), random_(seed) {}

  std::uint32_t serve(const ddk::simulator::Chain& chain) override;

  std::vector<std::byte> content;
  std::vector<std::byte> durable;  // what a loss of power leaves
  unsigned fails = 0;              // chance in a thousand of an error
  unsigned shortens = 0;           // that it reads less, and says it is done
  unsigned odd_status = 0;         // that it answers with a status that there is not
  std::size_t errors = 0, flushes = 0, discards = 0, largest = 0;
  std::string complaint;

 private:
  [[nodiscard]] bool chance(unsigned of_thousand) { return random_() % 1000 < of_thousand; }
  std::mt19937_64 random_;
};

}  // namespace tessera::test
