// SPDX-License-Identifier: Apache-2.0
// Runs a sequence in the nucleus and in the model, and compares after each
// operation.
#pragma once

#include "tests/unit/kernel/differential/shorten.hpp"
#include "tests/unit/kernel/differential/statistics.hpp"

namespace tessera::nucleus::test {

class Comparison {
 public:
  // `progress` tells how far a run got, should the nucleus fault in it.
  Comparison(const std::string& program, std::uint64_t& progress) : model_(program), progress_(progress) {}
  // How many numbers it took until they disagreed, or an invariant of the nucleus was
  // broken; 0: they agree.
  [[nodiscard]] std::size_t run(const Sequence& sequence, Statistics& statistics);
  // Prints each operation of a sequence that fails, and what differs in the end.
  void explain(const Sequence& sequence);

 private:
  struct Expected {
    std::size_t at = 0;
    std::uint64_t error = 0, digest = 0, received = 0;
    bool message = false;
  };
  [[nodiscard]] bool agrees(const Expected& expected);

  ModelProcess model_;
  std::uint64_t& progress_;
};

}  // namespace tessera::nucleus::test
