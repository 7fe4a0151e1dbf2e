// SPDX-License-Identifier: Apache-2.0
#include "components/linux/crash/report.hpp"

#include <algorithm>
#include <array>
#include <linux_arch/registers.hpp>
#include <string>

#include "components/linux/core/log.hpp"
#include "components/linux/crash/core_file.hpp"
#include "components/linux/process/process.hpp"
#include "components/linux/process/thread.hpp"

namespace tessera::lx {

namespace {

// A program that crashes all day must not fill the log.
constexpr unsigned kMostReports = 100;
unsigned reports = 0;

std::string_view name_of(int signal) {
  constexpr std::array<std::string_view, 32> kNames{
      "",        "SIGHUP",  "SIGINT",  "SIGQUIT", "SIGILL",  "SIGTRAP",   "SIGABRT", "SIGBUS",
      "SIGFPE",  "SIGKILL", "SIGUSR1", "SIGSEGV", "SIGUSR2", "SIGPIPE",   "SIGALRM", "SIGTERM",
      "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG",
      "SIGXCPU", "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO",  "SIGPWR",  "SIGSYS"};
  return signal > 0 && static_cast<std::size_t>(signal) < kNames.size() ? kNames.at(static_cast<std::size_t>(signal)) : "a signal";
}

std::string number(std::int64_t value) {
  return value < 0 ? "-" + decimal(static_cast<std::uint64_t>(-value)) : decimal(static_cast<std::uint64_t>(value));
}

// si_addr means something: the signals of a fault, sent by the nucleus' side.
bool has_address(const SignalInfo& info) {
  constexpr SignalSet kFaults = SignalSet::of(kSigSegv, kSigBus, kSigIll, kSigFpe, kSigTrap);
  return kFaults.contains(info.signal) && info.code > 0 && info.code != kCodeKernel;
}

std::string place_of(AddressSpace& memory, std::uint64_t address) {
  const Area* const area = memory.areas().find(address);
  if (area == nullptr) return " in no mapping";
  if (!area->backing) return area->kind == AreaKind::vdso ? " in [vdso]" : " in anonymous memory";
  return " in " + area->backing->path() + " + " +
         hexadecimal(area->offset_pages * kPageBytes + address - area->start);
}

void report(Thread& self, const SignalInfo& info) {
  if (reports >= kMostReports) return;
  const auto end = std::find(self.name.begin(), self.name.end(), '\0');
  std::string line = "crash: " + std::string(self.name.begin(), end) + " pid " + number(self.process.pid) + " thread " +
                     number(self.tid) + ": " + std::string(name_of(info.signal)) + " si_code " + number(info.code);
  if (has_address(info)) line += " address " + hexadecimal(info.fields[0]);
  log_line(line);
  const std::uint64_t at = instruction_pointer(self.registers());
  log_line("crash: at " + hexadecimal(at) + (self.memory ? place_of(*self.memory, at) : std::string()) + ", stack at " +
           hexadecimal(stack_pointer(self.registers())));
  if (++reports == kMostReports) log_line("crash: no more of them are told");
}

}  // namespace

bool crash(Thread& self, const SignalInfo& info) {
  report(self, info);
  return dump_core(self, info);
}

}  // namespace tessera::lx
