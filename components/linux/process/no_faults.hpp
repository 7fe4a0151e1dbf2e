// SPDX-License-Identifier: Apache-2.0
// While it lives, nothing that the thread's guest has to fault in comes in: what is copied
// ends there. For calls that do not hold the big lock alone, which a fault may want.
#pragma once

#include "components/linux/process/thread.hpp"

namespace tessera::lx {

class NoFaults {
 public:
  explicit NoFaults(Thread& self) : self_(self) { self_.takes_no_faults = true; }
  ~NoFaults() { self_.takes_no_faults = false; }
  NoFaults(const NoFaults&) = delete;
  NoFaults& operator=(const NoFaults&) = delete;

 private:
  Thread& self_;
};

}  // namespace tessera::lx
