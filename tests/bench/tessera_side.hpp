// SPDX-License-Identifier: Apache-2.0
// Tessera in QEMU, through the tool behind `./tessera run`.
#pragma once

#include <string>

#include "tests/bench/machine_side.hpp"

namespace tessera::bench {

struct TesseraPaths {
  std::string source;
  std::string build;

  [[nodiscard]] std::string tool() const { return build + "/tools/tessera-tool"; }
  [[nodiscard]] std::string programs() const { return build + "/tests/bench"; }
  [[nodiscard]] std::string linux_cache() const { return build + "/cache/linux"; }
  [[nodiscard]] std::string package_cache() const { return build + "/cache"; }
  [[nodiscard]] std::string nucleus() const { return build + "/kernel/nucleus.elf"; }

  // From the environment (TESSERA_SOURCE, TESSERA_BUILD), else where this program was built.
  [[nodiscard]] static TesseraPaths find();
};

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

// Runs systems/interference.toml on two cores, by wall time.
[[nodiscard]] Result<void> measure_interference(const TesseraPaths& paths, Results& results);

}  // namespace tessera::bench
