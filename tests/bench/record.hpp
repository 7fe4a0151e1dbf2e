// SPDX-License-Identifier: Apache-2.0
// A run's results and what they were taken on, as a JSON file with one record a line,
// and back. What is read may be anybody's: lines that are no records of ours are
// passed over, and a file without any is refused.
#pragma once

#include "tests/bench/results.hpp"
#include "tests/bench/taken_on.hpp"

namespace tessera::bench {

struct Record {
  TakenOn on;
  Results results;
};

[[nodiscard]] std::string to_json(const Record& record);
[[nodiscard]] Result<Record> from_json(std::string_view text);

}  // namespace tessera::bench
