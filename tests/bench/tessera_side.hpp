// SPDX-License-Identifier: Apache-2.0
// Tessera in QEMU, through the tool behind `./tessera run`.
#pragma once

#include <string>

#include "tests/bench/machine_side.hpp"
#include "tests/bench/paths.hpp"

namespace tessera::bench {


class TesseraSide final : public Side {
 public:
  TesseraSide(TesseraPaths paths, System view) : paths_(std::move(paths)), view_(view) {}

  [[nodiscard]] System system() const override { return view_; }
  [[nodiscard]] Result<Ended> run(const GuestRun& run) const override;

 private:
  TesseraPaths paths_;
  System view_;
};

// Runs components/bench; adds its rows to the results. False when it did not end well.
[[nodiscard]] Result<void> measure_nucleus(const TesseraPaths& paths, bool icount, Results& results);

// Run systems/rings.toml and tasks.toml under the instruction clock.
[[nodiscard]] Result<void> measure_rings(const TesseraPaths& paths, Results& results);
[[nodiscard]] Result<void> measure_tasks(const TesseraPaths& paths, Results& results);
// Runs systems/rings-two-cores.toml, by wall time.
[[nodiscard]] Result<void> measure_rings_on_two_cores(const TesseraPaths& paths, Results& results);

// Runs systems/interference.toml on two cores, by wall time.
[[nodiscard]] Result<void> measure_interference(const TesseraPaths& paths, Results& results);

}  // namespace tessera::bench
