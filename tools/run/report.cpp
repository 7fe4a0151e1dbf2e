// SPDX-License-Identifier: Apache-2.0
// What the tool itself says, on standard error.
#include "tools/run/report.hpp"

#include <cstdio>
#include <deque>
#include <format>

#include "tools/run/monitor.hpp"
#include "tools/run/symbol.hpp"

namespace tessera::tools::run {
namespace {

constexpr std::size_t kShownLines = 10;

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

}  // namespace

void say(const std::string& text) {
  std::string line = "tessera: " + text;
  if (!line.ends_with('\n')) line += '\n';
  std::fputs(line.c_str(), stderr);
}

void report_hang(const Options& options, const MachineLog& log, int monitor, const Paths& paths) {
  say(std::format("timed out after {} s: the machine still ran", options.timeout_seconds.value_or(0)));
  const std::deque<std::string> lines = log.last_lines();
  std::string text = lines.empty() ? "the log is empty" : "last lines of the log:";
  for (std::size_t i = lines.size() > kShownLines ? lines.size() - kShownLines : 0; i < lines.size(); ++i) {
    text += "\n  " + lines[i];
  }
  say(text);
  std::size_t number = 0;
  for (const std::uint64_t at : instruction_pointers(monitor, options.cpus)) {
    const std::string places = describe_address(paths, at);
    say(std::format("processor {} is at {:#x}{}", number++, at, places.empty() ? ", which no symbol covers" : ":\n" + places));
  }
}

std::string why_stopped(const MachineLog& log, const std::string& messages) {
  if (log.fatal()) return *log.fatal();
  if (!messages.empty()) return "QEMU: " + first_line(messages);
  const std::deque<std::string> lines = log.last_lines();
  if (lines.empty()) return "the machine stopped without a word: its log is empty";
  return "the machine stopped without a status; the log ends with: " + lines.back();
}

}  // namespace tessera::tools::run
