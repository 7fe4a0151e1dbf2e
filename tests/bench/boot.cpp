// SPDX-License-Identifier: Apache-2.0
// The boot row: from QEMU's start to the program's first output. Under the
// instruction clock the time-stamp counter starts at 0 with the machine, so the
// program itself reads how far it got, right after its first write returned; time
// that the machine idled is part of it. Otherwise the host's clock measures, from
// when QEMU's process is seen to when the first bytes arrive.
#include "tests/bench/measurements.hpp"
#include "tests/bench/rows.hpp"

namespace tessera::bench {

Result<void> measure_boot(const Side& side, bool icount, Results& results) {
  const GuestRun run{.command = {"/bin/microbench", "--boot"}, .icount = icount, .marker = "booted"};
  const Ended ended = TRY(side.run(run));
  if (ended.status != 0) return tools::fail("the boot ended with status " + std::to_string(ended.status) + ": " + ended.errors);
  if (!icount) {
    if (!ended.marker_ns) return tools::fail("the program's first output did not come");
    results.add(kBootRow, side.system(), Kind::wall_ns, *ended.marker_ns);
    return {};
  }
  const std::size_t at = ended.output.find("boot\t");
  const auto row =
      parse_row(at == std::string::npos ? "" : std::string_view(ended.output).substr(at, ended.output.find('\n', at) - at));
  if (!row) return tools::fail("the program's boot row did not come");
  results.add(kBootRow, side.system(), Kind::instructions, row->ticks);
  return {};
}

}  // namespace tessera::bench
