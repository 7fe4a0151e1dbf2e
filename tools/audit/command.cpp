// SPDX-License-Identifier: Apache-2.0
#include "tools/audit/command.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fstream>
#include <iostream>
#include <memory>

#include "tools/support/size.hpp"
#include "tools/support/suggest.hpp"

namespace tessera::tools::audit {
namespace {

Result<std::uint64_t> nanoseconds(const std::string& text) {
  double value = 0;
  const char* const end = std::to_address(text.end());
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || rest != end || !std::isfinite(value) || value < 0 || value > 1e9) {
    return fail("--since takes seconds since boot, such as 1.5; '" + text + "' is not");
  }
  return static_cast<std::uint64_t>(value * 1e9);
}

Result<void> set(Options& options, const std::string& name, const std::string& value) {
  static const std::array<std::string, 6> events{"create", "delegate", "revoke", "denied", "use", "note"};
  if (name == "--namespace") options.filter.name_space = value;
  if (name == "--object") options.filter.object = value;
  if (name == "--since") options.filter.since_ns = TRY(nanoseconds(value));
  if (name == "--event") {
    if (std::ranges::find(events, value) == events.end()) return fail("'" + value + "' is no event" + suggestion(value, events));
    options.filter.event = value;
  }
  return {};
}

std::uint64_t print_matching(std::istream& log, const Options& options) {
  std::uint64_t shown = 0;
  for (std::string line; std::getline(log, line);) {
    const auto record = parse_record(line);
    if (!record || !options.filter.matches(*record)) continue;
    std::cout << (options.json ? as_json(*record) : as_text(*record)) << '\n';
    ++shown;
  }
  return shown;
}

}  // namespace

Result<Options> parse_options(std::span<const std::string> arguments) {
  static const std::array<std::string, 6> known{"--namespace", "--since", "--object", "--event", "--json", "--help"};
  Options options;
  while (!arguments.empty()) {
    const std::string word = arguments.front();
    arguments = arguments.subspan(1);
    if (word == "--help" || word == "-h") {
      options.help = true;
    } else if (word == "--json") {
      options.json = true;
    } else if (word == "-" || !word.starts_with('-')) {
      if (!options.file.empty()) return fail("one log at a time: '" + options.file + "' or '" + word + "'");
      options.file = word;
    } else if (std::ranges::find(known, word) == known.end()) {
      return fail("there is no option " + word + suggestion(word, known));
    } else {
      if (arguments.empty()) return fail(word + " needs a value behind it");
      TRY(set(options, word, arguments.front()));
      arguments = arguments.subspan(1);
    }
  }
  if (options.file.empty() && !options.help) return fail("name the log: ./tessera audit FILE, written by ./tessera run --audit FILE");
  return options;
}

Result<std::uint64_t> print(const Options& options) {
  if (options.file == "-") return print_matching(std::cin, options);
  std::ifstream log(options.file);
  if (!log) return fail_errno("cannot read " + options.file);
  return print_matching(log, options);
}

}  // namespace tessera::tools::audit
