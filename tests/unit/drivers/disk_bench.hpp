// SPDX-License-Identifier: Apache-2.0
// What tests of drivers of disks have in common: a disk's tasks beside those of a test, with a simulated device that
// gets its turns between theirs; and a load that compares what it reads with what it wrote.
#pragma once

#include <functional>

#include "components/drivers/block/disk.hpp"
#include "lib/ddk/request_slots.hpp"
#include "lib/ddk/simulator/host_memory.hpp"
#include "tests/unit/lib/rt/host_runtime.hpp"

#include <random>

namespace tessera::test {

struct DiskBench {
  static constexpr unsigned kInterrupt = 3;
  static constexpr std::size_t kWorkers = 40, kWorkerUnits = 32, kUnit = 512;
  static constexpr std::size_t kBytes = 1 << 20;  // of the disk, at least what the workers use

  explicit DiskBench(std::uint64_t seed);

  // The disk's tasks and one of the test, until that has ended or nothing moves any more. False: it has not ended.
  // `step`: the device does one thing, if there is any.
  bool drive(ddk::RequestSlots& requests, const std::function<bool()>& step, rt::Task<> body);
  // Many tasks, each with random reads and writes of a range of its own. Checks all of it.
  rt::Task<> load(block_driver::Disk& disk, const ddk::RequestSlots& requests);
  // The device interrupts.
  void interrupt() { loop.deliver(std::uint64_t{1} << kInterrupt); }

  static std::uint64_t now;
  ddk::simulator::HostMemory memory;
  HostLoop loop;
  std::mt19937_64 random;
  ddk::Conditions conditions;
  std::size_t errors = 0;  // that the load was told of, and tried again
};

}  // namespace tessera::test
