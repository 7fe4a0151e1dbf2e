// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/options.hpp"

#include <set>

#include "tests/bench/scaling.hpp"
#include "tools/support/size.hpp"
#include "tools/support/words.hpp"

namespace tessera::bench {
namespace {

// `1,2,4`: rising, and 1 is always among them: it is what the others are held against.
Result<std::vector<unsigned>> parse_cpus(const std::string& text) {
  std::set<unsigned> cpus{1};
  if (text.empty()) return tools::fail("--cpus needs a number");
  for (const std::string& word : tools::words_of(text, ",")) {
    const auto number = tools::parse_number(word);
    if (!number || *number < 1 || *number > kMostCpus)
      return tools::fail("--cpus takes numbers from 1 to " + std::to_string(kMostCpus) + " with commas between; '" + word +
                         "' is none");
    cpus.insert(static_cast<unsigned>(*number));
  }
  return std::vector<unsigned>(cpus.begin(), cpus.end());
}

}  // namespace

Result<Options> parse_options(std::span<const std::string> words) {
  Options options;
  for (std::size_t at = 0; at < words.size(); ++at) {
    const std::string& word = words[at];
    const auto value = [&]() -> Result<std::string> {
      if (at + 1 == words.size()) return tools::fail(word + " needs a value");
      return words[++at];
    };
    if (word == "--help" || word == "-h") {
      options.help = true;
    } else if (word == "--quick") {
      options.quick = true;
    } else if (word == "--size") {
      options.size_only = true;
    } else if (word == "--filter") {
      options.filter = TRY(value());
    } else if (word == "--json") {
      options.json = TRY(value());
    } else if (word == "--compare") {
      options.compare = TRY(value());
    } else if (word == "--chart") {
      options.chart = TRY(value());
    } else if (word == "--from") {
      options.from = TRY(value());
    } else if (word == "--cpus") {
      const std::string list = TRY(value());
      options.cpus = TRY(parse_cpus(list));
    } else if (word == "--arch") {
      const std::string arch = TRY(value());
      options.machine = machine_of(arch);
      if (options.machine == nullptr) return tools::fail("--arch takes x86_64 or aarch64; '" + arch + "' is neither");
    } else if (word == "--wall") {
      const auto runs = tools::parse_number(TRY(value()));
      if (!runs || *runs > 100) return tools::fail("--wall needs a number from 0 to 100");
      options.wall_runs = static_cast<unsigned>(*runs);
    } else {
      return tools::fail("there is no option '" + word + "' (./tessera bench --help)");
    }
  }
  if (!options.from.empty() && (options.quick || options.size_only || !options.json.empty()))
    return tools::fail("--from measures nothing: it goes with --chart, --compare and --filter");
  if (options.quick) options.wall_runs = 0;
  return options;
}

}  // namespace tessera::bench
