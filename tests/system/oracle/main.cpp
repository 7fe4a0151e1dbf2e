// SPDX-License-Identifier: Apache-2.0
// oracle CASES GROUP LINUX-RUN TESSERA [PROGRAMS]: runs the cases of CASES/GROUP on
// this machine's Linux and on Tessera, with the same busybox in the same root file
// system, and compares. LINUX-RUN twice checks that the cases always say the same.
// When a case stops the system, it is started again behind that case.
// Status: 0 all the same, 1 not, 77 when Linux could not run them here.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <span>
#include <string>
#include <system_error>
#include <vector>

#include "tests/support/captured.hpp"
#include "tests/system/oracle/report.hpp"
#include "tests/system/oracle/transcript.hpp"
#include "tools/support/arguments.hpp"

namespace tessera::tests {
namespace {

constexpr int kSkip = 77;
constexpr int kMostStarts = 6;
constexpr std::chrono::seconds kLimit{280};

std::vector<std::string> case_names(const std::string& directory) {
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator at(directory, error), end; !error && at != end; at.increment(error)) {
    if (at->path().extension() == ".sh") names.push_back(at->path().stem().string());
  }
  std::ranges::sort(names);
  return names;
}

struct Suite {
  std::string cases;
  std::string group;
  std::string programs;

  // The command that runs what comes behind the case AFTER.
  [[nodiscard]] std::vector<std::string> command(const std::string& system, const std::string& after) const {
    std::vector<std::string> words{system};
    if (!system.ends_with("linux-run")) words.insert(words.end(), {"run", "--timeout", "280"});
    words.insert(words.end(), {"--add", cases + "/" + group + ":/cases/" + group,
                               "--add", cases + "/../run-cases.sh:/cases/run-cases.sh"});
    if (!programs.empty()) words.insert(words.end(), {"--add", programs + ":/opt/tests"});
    words.insert(words.end(), {"--", "sh", "/cases/run-cases.sh", group});
    if (!after.empty()) words.push_back(after);
    return words;
  }
};

// All cases on one system. Says what the system itself complained of.
Transcript run_all(const Suite& suite, const std::string& system, int& status) {
  Transcript all;
  for (int start = 0; start < kMostStarts && !all.complete; ++start) {
    const auto run = capture(suite.command(system, all.last_started), kLimit);
    if (!run) {
      std::printf("%s: %s\n", system.c_str(), run.error().message.c_str());
      break;
    }
    const Transcript more = parse_transcript(run->output);
    status = run->status;
    if (!more.complete || run->status != 0 || !run->errors.empty()) {
      std::printf("%s: status %d%s in the case '%s'\n%s\n", system.c_str(), run->status, run->late ? ", killed when late," : "",
                  more.last_started.c_str(), run->errors.c_str());
    }
    all.cases.insert(more.cases.begin(), more.cases.end());
    all.complete = more.complete;
    if (more.last_started.empty()) break;  // it does not even start
    all.last_started = more.last_started;
  }
  return all;
}

int run(std::span<const std::string> words) {
  if (words.size() < 5) {
    std::fputs("usage: oracle CASES GROUP LINUX-RUN TESSERA [PROGRAMS]\n", stderr);
    return 2;
  }
  const Suite suite{words[1], words[2], words.size() > 5 ? words[5] : ""};
  const auto names = case_names(suite.cases + "/" + suite.group);
  if (names.empty()) {
    std::printf("there are no cases in %s/%s\n", suite.cases.c_str(), suite.group.c_str());
    return 1;
  }
  int status = 0;
  const Transcript expected = run_all(suite, words[3], status);
  if (status == kSkip) return kSkip;
  const Transcript actual = run_all(suite, words[4], status);
  const int failed = report(names, expected, actual);
  std::printf("%s: %zu cases, %d failed\n", suite.group.c_str(), names.size(), failed);
  return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace tessera::tests

int main(int count, char** values) { return tessera::tests::run(tessera::tools::arguments(count, values)); }
