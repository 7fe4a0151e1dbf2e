// SPDX-License-Identifier: Apache-2.0
// Where the harness finds what it measures, for one machine.
#pragma once

#include <string>

#include "tests/bench/bench_machine.hpp"

namespace tessera::bench {

struct TesseraPaths {
  std::string source;
  std::string build;
  const BenchMachine& machine;

  [[nodiscard]] std::string tool() const { return build + "/tools/tessera-tool"; }
  [[nodiscard]] std::string programs() const { return build + "/tests/bench" + (usual() ? "" : "/" + machine.arch) + "/guest"; }
  [[nodiscard]] std::string linux_cache() const { return package_cache() + "/linux" + (usual() ? "" : "-" + machine.arch); }
  [[nodiscard]] std::string package_cache() const { return build + "/cache"; }
  [[nodiscard]] std::string nucleus() const { return build + (usual() ? "" : "/" + machine.arch) + "/kernel/nucleus.elf"; }

  // From the environment (TESSERA_SOURCE, TESSERA_BUILD), else where this program was built.
  [[nodiscard]] static TesseraPaths find(const BenchMachine& machine);

 private:
  [[nodiscard]] bool usual() const { return &machine == &usual_machine(); }
};

}  // namespace tessera::bench
