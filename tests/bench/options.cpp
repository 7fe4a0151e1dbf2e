// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/options.hpp"

#include "tools/support/size.hpp"

namespace tessera::bench {

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
    } else if (word == "--wall") {
      const auto runs = tools::parse_number(TRY(value()));
      if (!runs || *runs > 100) return tools::fail("--wall needs a number from 0 to 100");
      options.wall_runs = static_cast<unsigned>(*runs);
    } else {
      return tools::fail("there is no option '" + word + "' (./tessera bench --help)");
    }
  }
  if (options.quick) options.wall_runs = 0;
  return options;
}

}  // namespace tessera::bench
