// SPDX-License-Identifier: Apache-2.0
// One run of the harness: everything that the options ask for, measured.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/bench/measurements.hpp"
#include "tests/bench/options.hpp"
#include "tests/bench/record.hpp"
#include "tests/bench/tessera_side.hpp"

namespace tessera::bench {

class Session {
 public:
  Session(const Options& options, TesseraPaths paths) : options_(options), paths_(std::move(paths)) {}

  // What could not be measured is told in problems(); the rest goes on.
  Record measure();
  [[nodiscard]] const std::vector<std::string>& problems() const { return problems_; }

 private:
  void note(const std::string& what, const Result<void>& done);
  [[nodiscard]] bool any_storage_row() const;
  void prepare_sides(bool packages);
  void measure_systems();
  void measure_side(const Side& side, bool icount);
  void measure_batch(const Side& side, Batch batch);
  void measure_storage(const Side& side, bool icount);
  void measure_memory();

  const Options& options_;
  TesseraPaths paths_;
  std::vector<std::unique_ptr<Side>> sides_;
  std::optional<DiskImage> image_;  // when a row needs a disk
  Record record_;
  std::vector<std::string> problems_;
};

}  // namespace tessera::bench
