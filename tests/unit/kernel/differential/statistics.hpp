// SPDX-License-Identifier: Apache-2.0
// How often each operation ended in each way. A generator that never gets where an
// error is proves nothing about it: the test checks that all expected ones came.
#pragma once

#include <map>

#include "tests/unit/kernel/differential/play.hpp"

namespace tessera::nucleus::test {

struct Statistics {
  std::uint64_t operations = 0, tables_ended = 0;
  Reached reached;
  std::map<std::pair<Kind, Error>, std::uint64_t> endings;

  void count(const Performed& performed);
  void print() const;
  void check_all_reached() const;  // CHECKs
};

}  // namespace tessera::nucleus::test
