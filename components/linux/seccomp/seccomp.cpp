// SPDX-License-Identifier: Apache-2.0
#include "components/linux/seccomp/seccomp.hpp"

#include <algorithm>
#include <linux_arch/program.hpp>
#include <linux_arch/registers.hpp>

#include "components/linux/core/guest_memory.hpp"
#include "components/linux/core/log.hpp"
#include "components/linux/process/contract.hpp"
#include "components/linux/process/end.hpp"
#include "components/linux/process/process.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/signal/send.hpp"
#include "components/linux/syscall/dispatch.hpp"
#include "components/linux/syscall/names.hpp"
#include "components/linux/syscall/numbers.hpp"
#include "components/linux/syscall/table.hpp"

namespace tessera::lx {

namespace {

// What a filter returns: an action and 16 bits for it. The lowest, as a signed number, wins.
constexpr std::uint32_t kKillProcess = 0x8000'0000, kKillThread = 0, kTrap = 0x0003'0000, kErrno = 0x0005'0000,
                        kNotify = 0x7fc0'0000, kTrace = 0x7ff0'0000, kLog = 0x7ffc'0000, kAllow = 0x7fff'0000,
                        kActionMask = 0xffff'0000, kDataMask = 0xffff;
constexpr std::size_t kMostCost = 32768, kFilterCost = 4;
constexpr std::uint64_t kSetStrict = 0, kSetFilter = 1, kActionAvailable = 2;
constexpr std::uint64_t kSynchronize = 1, kLogFlag = 2, kSpeculationAllowed = 4, kSynchronizeSearch = 16;

std::uint32_t action_of(std::uint32_t verdict) { return verdict & kActionMask; }
std::int32_t order_of(std::uint32_t verdict) { return static_cast<std::int32_t>(action_of(verdict)); }

BpfInput describe(Thread& thread) {
  const Registers& guest = thread.registers();
  BpfInput input{static_cast<std::uint32_t>(thread.system_call), kAuditArchitecture};
  std::size_t at = 2;
  const auto put = [&](std::uint64_t value) {
    input[at++] = static_cast<std::uint32_t>(value);
    input[at++] = static_cast<std::uint32_t>(value >> 32);
  };
  put(instruction_pointer(guest));
  for (const std::uint64_t argument : call_arguments(guest)) put(argument);
  return input;
}

// SIGSYS, as SECCOMP_RET_TRAP sends it.
SignalInfo call_signal(Thread& thread, std::uint32_t data) {
  constexpr std::int32_t kCodeSeccomp = 1;
  SignalInfo info = SignalInfo::plain(kSigSys, kCodeSeccomp);
  info.error = static_cast<std::int32_t>(data);
  info.fields[0] = instruction_pointer(thread.registers());
  info.fields[1] = (thread.system_call & 0xffff'ffff) | std::uint64_t{kAuditArchitecture} << 32;
  return info;
}

void log_call(const Thread& thread, std::string_view what) {
  std::string line = "seccomp: ";
  line += what;
  line += ' ';
  line += system_call_name(thread.system_call);
  line += " (" + decimal(thread.system_call & 0xffff'ffff) + ") process " + decimal(static_cast<std::uint64_t>(thread.process.pid));
  log_line(line);
}

void kill(Thread& thread, bool whole, int signal) {
  log_call(thread, "killed by");
  if (whole || thread.process.threads.size() == 1) return end_process(thread.process, signal);
  end_thread(thread, 0);
}

SeccompVerdict refuse(std::int64_t result) { return {.allowed = false, .result = result}; }

SeccompVerdict ask_strict(Thread& thread) {
  constexpr std::array kAllowed{number::read, number::write, number::exit, number::rt_sigreturn};
  if (std::ranges::find(kAllowed, thread.system_call) != kAllowed.end()) return {};
  kill(thread, false, kSigKill);
  return refuse(0);
}

SeccompVerdict ask_filters(Thread& thread) {
  const BpfInput input = describe(thread);
  std::uint32_t verdict = kAllow;
  bool logs = false;
  for (const SeccompFilter* filter = thread.seccomp.get(); filter != nullptr; filter = filter->older()) {
    const std::uint32_t told = filter->program.run(input);
    if (order_of(told) >= order_of(verdict)) continue;
    verdict = told;
    logs = filter->logs;
  }
  const std::uint32_t data = verdict & kDataMask;
  switch (action_of(verdict)) {
    case kAllow: return {};
    case kLog: log_call(thread, "logs"); return {};
    case kErrno:
      if (logs) log_call(thread, "refuses");
      return refuse(-static_cast<std::int64_t>(std::min<std::uint32_t>(data, 4095)));
    case kTrap:
      if (logs) log_call(thread, "traps");
      force_signal(thread, call_signal(thread, data));
      return refuse(undone_call_result(thread.registers(), thread.system_call));
    // Nobody traces, nobody is notified.
    case kTrace: case kNotify: return refuse(-static_cast<std::int64_t>(Errno::enosys));
    case kKillThread: kill(thread, false, kSigSys); return refuse(0);
    default: kill(thread, true, kSigSys); return refuse(0);
  }
}

bool may_become(const Thread& thread, SeccompMode mode) {
  return thread.seccomp_mode == SeccompMode::none || thread.seccomp_mode == mode;
}

void become(Thread& thread, SeccompMode mode, Ref<SeccompFilter> filter) {
  thread.seccomp_mode = mode;
  thread.seccomp = std::move(filter);
  thread.calls = &watched_calls;
}

Result<std::int64_t> set_strict() {
  Thread& self = current_thread();
  if (!may_become(self, SeccompMode::strict)) return fail(Errno::einval);
  become(self, SeccompMode::strict, nullptr);
  return 0;
}

Result<BpfProgram> read_program(std::uint64_t address) {
  struct Head {  // struct sock_fprog
    std::uint16_t count = 0;
    std::array<std::uint16_t, 3> padding{};
    std::uint64_t instructions = 0;
  };
  const auto head = TRY(read_guest<Head>(address));
  if (head.count == 0 || head.count > BpfProgram::kMostInstructions) return fail(Errno::einval);
  std::vector<BpfInstruction> instructions(head.count);
  TRY(copy_from_guest(std::as_writable_bytes(std::span(instructions)), head.instructions));
  return BpfProgram::check(std::move(instructions));
}

// The first thread that could not take over the caller's filters, or null.
Thread* first_apart(const Thread& self) {
  for (Thread* const other : self.process.threads) {
    if (other == &self || other->ending || other->seccomp_mode == SeccompMode::none) continue;
    const bool above = other->seccomp_mode == SeccompMode::filter && self.seccomp && self.seccomp->descends_from(other->seccomp.get());
    if (!above) return other;
  }
  return nullptr;
}

Result<std::int64_t> set_filter(std::uint64_t flags, std::uint64_t address) {
  Thread& self = current_thread();
  if ((flags & ~(kSynchronize | kLogFlag | kSpeculationAllowed | kSynchronizeSearch)) != 0) return fail(Errno::einval);
  if (!self.process.no_new_privileges && current_credentials().euid != 0) return fail(Errno::eacces);
  BpfProgram program = TRY(read_program(address));
  if (!may_become(self, SeccompMode::filter)) return fail(Errno::einval);
  if ((self.seccomp ? self.seccomp->cost() : 0) + program.size() > kMostCost) return fail(Errno::enomem);
  if ((flags & kSynchronize) != 0) {
    if (const Thread* const apart = first_apart(self); apart != nullptr)
      return (flags & kSynchronizeSearch) != 0 ? fail(Errno::esrch) : Result<std::int64_t>(apart->tid);
  }
  auto filter = make_ref<SeccompFilter>(std::move(program), self.seccomp, (flags & kLogFlag) != 0);
  if ((flags & kSynchronize) != 0)
    for (Thread* const other : self.process.threads) become(*other, SeccompMode::filter, filter);
  become(self, SeccompMode::filter, filter);
  return 0;
}

Result<std::int64_t> action_available(std::uint64_t address) {
  switch (TRY(read_guest<std::uint32_t>(address))) {
    case kKillProcess: case kKillThread: case kTrap: case kErrno: case kLog: case kAllow: return 0;
    default: return fail(Errno::eopnotsupp);
  }
}

}  // namespace

SeccompFilter::SeccompFilter(BpfProgram checked, Ref<SeccompFilter> below, bool log)
    : program(std::move(checked)), logs(log), older_(std::move(below)), count_((older_ ? older_->count() : 0) + 1),
      cost_((older_ ? older_->cost() : 0) + program.size() + kFilterCost) {}

// One by one: a long chain must not go by recursion.
SeccompFilter::~SeccompFilter() {
  Ref<SeccompFilter> filter = std::move(older_);
  while (filter && filter->references() == 1) {
    Ref<SeccompFilter> next = std::move(filter->older_);
    filter = std::move(next);
  }
}

bool SeccompFilter::descends_from(const SeccompFilter* filter) const {
  const SeccompFilter* at = this;
  while (at != nullptr && at != filter) at = at->older();
  return at == filter;
}

void inherit_seccomp(Thread& child, const Thread& parent) {
  child.seccomp_mode = parent.seccomp_mode;
  child.seccomp = parent.seccomp;
  child.calls = parent.calls;
}

SeccompVerdict ask_seccomp(Thread& thread) {
  switch (thread.seccomp_mode) {
    case SeccompMode::none: return {};
    case SeccompMode::strict: return ask_strict(thread);
    case SeccompMode::filter: return ask_filters(thread);
  }
  return {};
}

Result<std::int64_t> set_seccomp(std::uint64_t mode, std::uint64_t filter) {
  switch (mode) {
    case 1: return set_strict();
    case 2: return set_filter(0, filter);
    default: return fail(Errno::einval);
  }
}

Result<std::int64_t> sys_seccomp(const Arguments& a) {
  const std::uint64_t operation = a[0] & 0xffff'ffff, flags = a[1] & 0xffff'ffff;
  switch (operation) {
    case kSetStrict: return flags == 0 && a[2] == 0 ? set_strict() : fail(Errno::einval);
    case kSetFilter: return set_filter(flags, a[2]);
    case kActionAvailable: return flags == 0 ? action_available(a[2]) : fail(Errno::einval);
    default: return fail(Errno::einval);
  }
}

}  // namespace tessera::lx
