// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/taken_on.hpp"

#include <sched.h>
#include <sys/utsname.h>

#include <algorithm>
#include <sstream>

#include "tests/bench/machine_side.hpp"
#include "tools/support/file.hpp"
#include "tools/support/process.hpp"

namespace tessera::bench {
namespace {

std::string processor_model() {
  std::istringstream lines(tools::read_file("/proc/cpuinfo").value_or(""));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("model name")) return line.substr(std::min(line.find(':') + 2, line.size()));
  }
  return "";
}

// Those that this process may use: what QEMU's threads get.
std::string usable_processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return ::sched_getaffinity(0, sizeof set, &set) == 0 ? std::to_string(CPU_COUNT(&set)) : "";
}

std::string kernel() {
  utsname names{};
  if (::uname(&names) != 0) return "";
  return std::string(static_cast<const char*>(names.sysname)) + " " + static_cast<const char*>(names.release);
}

std::string first_line_of(const tools::Command& command) {
  const auto text = tools::run_program(command);
  return text ? text->substr(0, text->find('\n')) : "";
}

std::string or_unknown(const std::string& text) { return text.empty() ? "unknown" : text; }

std::string qemu_options(const BenchMachine& machine) {
  std::string line;
  for (const std::string& word : machine.board) line += word + " ";
  return line + "-cpu " + machine.processor + " -m " + std::to_string(kMemoryMiB) + "M";
}

}  // namespace

TakenOn find_taken_on(const std::string& source, const BenchMachine& machine) {
  return {.architecture = machine.arch,
          .processor = processor_model(),
          .processors = usable_processors(),
          .host_kernel = kernel(),
          .qemu = first_line_of({{machine.emulator, "--version"}, ""}),
          .commit = first_line_of({{"git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"}, source}),
          .machine = qemu_options(machine),
          .linux_kernel = ""};
}

std::vector<std::string> heading(const TakenOn& on) {
  std::vector<std::string> lines{
      "Host: " + or_unknown(on.processor) + ", CPUs: " + or_unknown(on.processors) + ", " + or_unknown(on.host_kernel),
      "Emulator: " + or_unknown(on.qemu) + ", " + or_unknown(on.machine), "Tessera: " + or_unknown(on.commit)};
  if (!on.linux_kernel.empty()) lines.push_back("Linux: " + on.linux_kernel);
  return lines;
}

}  // namespace tessera::bench
