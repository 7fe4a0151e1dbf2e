// SPDX-License-Identifier: Apache-2.0
// Two transcripts of the same cases beside each other.
#include "tests/system/oracle/report.hpp"

#include <chrono>
#include <cstdio>

#include "tests/support/captured.hpp"
#include "tools/support/file.hpp"
#include "tools/support/temporary.hpp"

namespace tessera::tests {
namespace {

constexpr std::size_t kMostDifference = 4000;

tools::Result<std::string> difference(const std::string& expected, const std::string& actual) {
  const auto directory = TRY(tools::TemporaryDirectory::make());
  TRY(tools::write_file(directory.path() + "/linux", expected));
  TRY(tools::write_file(directory.path() + "/tessera", actual));
  const Captured run = TRY(capture({"diff", "-a", "-u", "--label", "Linux", "--label", "Tessera", directory.path() + "/linux",
                                    directory.path() + "/tessera"}, std::chrono::seconds(20)));
  return run.output + run.errors;
}

void show_difference(const CaseResult& expected, const CaseResult& actual) {
  if (expected.status != actual.status) {
    std::printf("    status: %d on Linux, %d on Tessera\n", expected.status, actual.status);
  }
  if (expected.output == actual.output) return;
  auto text = difference(expected.output, actual.output);
  if (!text) text = text.error().message;
  if (text->size() > kMostDifference) *text = text->substr(0, kMostDifference) + "\n[...]\n";
  std::fputs(text->c_str(), stdout);
  if (!text->ends_with('\n')) std::putchar('\n');
}

}  // namespace

int report(const std::vector<std::string>& names, const Transcript& expected, const Transcript& actual) {
  int failed = 0;
  for (const std::string& name : names) {
    const auto linux_result = expected.cases.find(name);
    const auto ours = actual.cases.find(name);
    if (linux_result != expected.cases.end() && ours != actual.cases.end() && linux_result->second == ours->second) {
      std::printf("pass %s\n", name.c_str());
      continue;
    }
    ++failed;
    if (linux_result == expected.cases.end()) {
      std::printf("FAIL %s: no result on Linux\n", name.c_str());
    } else if (ours == actual.cases.end()) {
      std::printf("FAIL %s: no result: the system stopped in this case or before it\n", name.c_str());
    } else {
      std::printf("FAIL %s\n", name.c_str());
      show_difference(linux_result->second, ours->second);
    }
  }
  return failed;
}

}  // namespace tessera::tests
