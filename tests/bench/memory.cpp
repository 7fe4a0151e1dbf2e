// SPDX-License-Identifier: Apache-2.0
// The smallest machine that still does something useful: from below in coarse steps,
// then by bisection inside the last one.
#include "tests/bench/measurements.hpp"
#include "tests/bench/rows.hpp"
#include "tools/support/size.hpp"

namespace tessera::bench {
namespace {

constexpr unsigned kLeastMiB = 16, kStepMiB = 8, kMostMiB = 256;  // 16: what ./tessera run takes

bool works(const Ended& ended) {
  std::string_view text = ended.output;
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  const std::size_t line = text.find_last_of("\n\r");
  if (line != std::string_view::npos) text.remove_prefix(line + 1);
  return ended.status == 0 && tools::parse_number(text).has_value();
}

}  // namespace

Result<void> measure_least_memory(const Side& side, Results& results) {
  const auto try_with = [&](unsigned mib) -> Result<bool> {
    const GuestRun run{.command = {"/bin/sh", "-c", "ls -l / | wc -l"}, .memory_mib = mib, .limit_seconds = 30};
    return works(TRY(side.run(run)));
  };
  unsigned enough = kLeastMiB;
  while (!TRY(try_with(enough))) {
    enough += kStepMiB;
    if (enough > kMostMiB) return tools::fail("the shell does not run in " + std::to_string(kMostMiB) + " MiB");
  }
  unsigned too_little = enough == kLeastMiB ? enough - 1 : enough - kStepMiB;
  while (enough - too_little > 1) {
    const unsigned middle = (enough + too_little) / 2;
    (TRY(try_with(middle)) ? enough : too_little) = middle;
  }
  results.add(kMemoryRow, side.system(), Kind::bytes, static_cast<double>(std::uint64_t{enough} << 20));
  return {};
}

}  // namespace tessera::bench
