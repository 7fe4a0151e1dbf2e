// SPDX-License-Identifier: Apache-2.0
// Runs a sequence in the nucleus and in the model, and compares after each
// operation. What fails is shortened and explained.
#pragma once

#include <vector>

#include "tests/unit/kernel/differential/statistics.hpp"

namespace tessera::nucleus::test {

using Sequence = std::vector<std::uint64_t>;

class Comparison {
 public:
  explicit Comparison(const std::string& program) : model_(program) {}
  // How many numbers it took until they disagreed, or an invariant of the nucleus was
  // broken; 0: they agree.
  [[nodiscard]] std::size_t run(const Sequence& sequence, Statistics& statistics);
  // Leaves out what does not matter, as long as it fails.
  [[nodiscard]] Sequence shortened(Sequence sequence);
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
};

}  // namespace tessera::nucleus::test
