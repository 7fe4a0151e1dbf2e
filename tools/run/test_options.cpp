// SPDX-License-Identifier: Apache-2.0
// The command line of `tessera test`.
#include "tools/run/test_options.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "tools/support/size.hpp"
#include "tools/support/suggest.hpp"

namespace tessera::tools::run {
namespace {

constexpr auto kWithValue = std::to_array<std::string_view>(
    {"-R", "-E", "-L", "-LE", "-I", "-j", "--tests-regex", "--exclude-regex", "--label-regex", "--label-exclude",
     "--tests-information", "--parallel", "--repeat", "--timeout", "--output-log", "--output-junit"});
// Ours, not ctest's.
constexpr std::string_view kCoverage = "--coverage", kHtml = "--html", kCpus = "--cpus", kArch = "--arch";
constexpr auto kAlone = std::to_array<std::string_view>(
    {"-N", "-V", "-VV", "-Q", "-F", "--show-only", "--verbose", "--extra-verbose", "--quiet", "--output-on-failure",
     "--stop-on-failure", "--rerun-failed", "--progress", "--print-labels", "--schedule-random"});

std::vector<std::string> long_options() {
  std::vector<std::string> names{std::string(kCoverage), std::string(kHtml), std::string(kCpus), std::string(kArch)};
  for (const auto name : kWithValue) names.emplace_back(name);
  for (const auto name : kAlone) names.emplace_back(name);
  std::erase_if(names, [](const std::string& name) { return !name.starts_with("--"); });
  return names;
}

// -j4 is -j 4.
bool jobs_in_one_word(std::string_view word) {
  return word.size() > 2 && word.starts_with("-j") && word.find_first_not_of("0123456789", 2) == std::string_view::npos;
}

}  // namespace

Result<TestOptions> parse_test_options(std::span<const std::string> arguments) {
  TestOptions options;
  std::vector<std::string>& words = options.words;
  while (!arguments.empty()) {
    const std::string word = arguments.front();
    arguments = arguments.subspan(1);
    if (word == "--") {
      words.insert(words.end(), arguments.begin(), arguments.end());
      break;
    }
    if (!word.starts_with('-')) return fail("'" + word + "' is not expected here: tests are chosen by a pattern, as in -R '" + word + "'");
    const std::size_t equals = word.starts_with("--") ? word.find('=') : std::string::npos;
    const std::string name = word.substr(0, equals);
    if (word == kCoverage) {
      options.coverage = true;
      continue;
    }
    if (name == kHtml || name == kCpus || name == kArch) {
      const std::string wanted = name == kHtml ? "a folder" : name == kArch ? "x86_64 or aarch64" : "a number from 1 to 64";
      if (equals == std::string::npos && arguments.empty()) return fail(word + " needs " + wanted + " behind it");
      const std::string value = equals != std::string::npos ? word.substr(equals + 1) : arguments.front();
      if (value.empty()) return fail(name + " needs " + wanted + " behind it");
      if (equals == std::string::npos) arguments = arguments.subspan(1);
      if (name == kHtml) {
        options.html = value;
        continue;
      }
      if (name == kArch) {
        if (value != "x86_64" && value != "aarch64") return fail("--arch takes " + wanted + "; '" + value + "' is neither");
        options.arch = value;
        continue;
      }
      const auto number = parse_number(value);
      if (!number || *number < 1 || *number > 64) return fail("--cpus takes " + wanted + "; '" + value + "' is not");
      options.cpus = *number;
      continue;
    }
    words.push_back(word);
    if (std::ranges::contains(kAlone, name) || jobs_in_one_word(word)) continue;
    if (!std::ranges::contains(kWithValue, name)) {
      const std::string near = name.starts_with("--") ? nearest(name, long_options()) : "";
      return fail("there is no option " + name + (near.empty() ? "" : ", did you mean " + near + "?") +
                  "; --help lists the usual ones, and what stands behind -- goes to ctest as it is");
    }
    if (equals != std::string::npos) continue;
    if (arguments.empty()) return fail(word + " needs a value behind it");
    words.push_back(arguments.front());
    arguments = arguments.subspan(1);
  }
  if (!options.html.empty() && !options.coverage) return fail("--html goes with --coverage");
  if (options.coverage && !words.empty()) return fail("--coverage runs all host tests of the nucleus: it takes no options but --html");
  return options;
}

std::vector<std::string> ctest_words(const TestOptions& options) {
  std::vector<std::string> words;
  // Of several such options ctest leaves out only what all of them name.
  std::string left_out = options.arch.empty() ? "aarch64-when-asked" : options.arch == "x86_64" ? "aarch64" : "";
  for (std::size_t at = 0; at < options.words.size(); ++at) {
    const std::string& word = options.words[at];
    if ((word == "-LE" || word == "--label-exclude") && at + 1 < options.words.size()) {
      left_out += (left_out.empty() ? "" : "|") + options.words[++at];
    } else if (word.starts_with("--label-exclude=")) {
      left_out += (left_out.empty() ? "" : "|") + word.substr(word.find('=') + 1);
    } else {
      words.push_back(word);
    }
  }
  if (options.arch == "aarch64") words.insert(words.end(), {"-L", "aarch64"});
  if (!left_out.empty()) words.insert(words.end(), {"-LE", left_out});
  return words;
}

}  // namespace tessera::tools::run
