// SPDX-License-Identifier: Apache-2.0
// What /proc shows of processes (process/contract.hpp).
#include <algorithm>
#include <array>

#include "components/linux/core/log.hpp"
#include "components/linux/process/account.hpp"
#include "components/linux/process/contract.hpp"
#include "components/linux/process/create.hpp"
#include "components/linux/process/jobs.hpp"
#include "components/linux/process/load.hpp"
#include "components/linux/process/process.hpp"
#include "components/linux/process/registry.hpp"
#include "components/linux/process/rusage.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/process/thread_usage.hpp"
#include "components/linux/time/clock.hpp"
#include "components/linux/trace/tracee.hpp"
#include "components/linux/tty/terminal.hpp"
#include "lib/rt/heap.hpp"

namespace tessera::lx {

namespace {

Process* find(std::int32_t pid) {
  if (Process* const process = registry().process(pid)) return process;
  // /proc/TID of a thread shows its process.
  Thread* const thread = registry().thread(pid);
  return thread != nullptr ? &thread->process : nullptr;
}

Thread* leader_of(std::int32_t pid) {
  const Process* const process = find(pid);
  return process != nullptr ? process->leader() : nullptr;
}

char state_of(const Thread& thread) {
  if (thread.traced && thread.traced->stop != StopKind::none) return 't';
  switch (thread.sleeping) {
    case SleepState::awake:
    case SleepState::waking: return 'R';
    case SleepState::interruptible: return 'S';
    case SleepState::uninterruptible:
    case SleepState::held: return thread.process.stopped ? 'T' : 'D';
  }
}

// A process is in the state of its first thread.
char state_of(const Process& process) {
  if (process.life != Life::alive) return 'Z';
  const Thread* const leader = process.leader();
  if (process.stopped && !(leader != nullptr && leader->traced)) return 'T';
  return leader != nullptr ? state_of(*leader) : 'Z';
}

Result<std::string> read_area(std::int32_t pid, std::uint64_t AddressSpace::* start, std::uint64_t AddressSpace::* end) {
  const Process* const process = find(pid);
  if (process == nullptr) return fail(Errno::esrch);
  const Thread* const leader = process->leader();
  if (leader == nullptr || !leader->memory) return std::string();
  AddressSpace& memory = *leader->memory;
  const std::uint64_t bytes = std::min<std::uint64_t>(memory.*end - memory.*start, 1u << 20);
  std::string text(static_cast<std::size_t>(bytes), '\0');
  text.resize(memory.peek(std::as_writable_bytes(std::span(text)), memory.*start));
  return text;
}

}  // namespace

std::vector<std::int32_t> process_ids() {
  std::vector<std::int32_t> ids;
  registry().for_each_process([&](const Process& process) { ids.push_back(process.pid); });
  std::sort(ids.begin(), ids.end(), [](std::int32_t a, std::int32_t b) { return a < b; });
  return ids;
}

std::vector<std::int32_t> process_threads(std::int32_t pid) {
  std::vector<std::int32_t> ids;
  if (const Process* const process = find(pid))
    for (const Thread* const thread : process->threads) ids.push_back(thread->tid);
  return ids;
}

namespace {

void add_signals(ProcessFacts& facts, const Process& process, const Thread* thread) {
  facts.pending = process.pending.pending().bits();
  if (thread != nullptr) {
    facts.pending |= thread->pending.pending().bits();
    facts.blocked = thread->blocked.bits();
  }
  for (int signal = 1; signal <= kSignalCount; ++signal) {
    const std::uint64_t handler = process.actions->get(signal).handler;
    if (handler == kHandlerIgnore) facts.ignored |= SignalSet::of(signal).bits();
    else if (handler != kHandlerDefault) facts.caught |= SignalSet::of(signal).bits();
  }
}

void add_usage(ProcessFacts& facts, const Usage& usage) {
  facts.user_ns = usage.user_ns;
  facts.system_ns = usage.system_ns;
  facts.minor_faults = usage.minor_faults;
}

void add_thread(ProcessFacts& facts, const Thread& thread) {
  facts.name = thread.name;
  facts.credentials = thread.credentials->value;
  facts.nice = thread.nice;
  facts.priority = 20 + thread.nice;
  facts.processor = thread.placement.processor;
}

ProcessFacts facts_of(const Process& process) {
  ProcessFacts facts;
  facts.pid = process.pid;
  facts.parent = process.parent != nullptr ? process.parent->pid : 0;
  facts.group = process.group;
  facts.session = process.session;
  if (const Ref<Terminal> terminal = session_terminal(process.session)) {
    facts.terminal_group = terminal->foreground();
    facts.terminal_device = terminal->device();
  }
  facts.state = state_of(process);
  facts.dumpable = process.dumpable;
  facts.did_exec = process.did_exec;
  facts.personality = process.personality;
  facts.exit_code = process.exiting ? process.status : 0;
  if (process.exit_signal != 0) facts.exit_signal = process.exit_signal;
  facts.resident_limit = process.limits[kLimitResident].soft;
  facts.name = process.name;
  facts.thread_count = static_cast<std::uint32_t>(process.threads.size());
  add_usage(facts, usage_of(process));
  facts.child_user_ns = process.children_usage.user_ns;
  facts.child_system_ns = process.children_usage.system_ns;
  facts.child_minor_faults = process.children_usage.minor_faults;
  facts.start_ns = process.start_ns;
  if (process.zombie_credentials) facts.credentials = process.zombie_credentials->value;
  add_signals(facts, process, process.leader());
  if (const Thread* const leader = process.leader()) add_thread(facts, *leader);
  return facts;
}

}  // namespace

Result<ProcessFacts> process_facts(std::int32_t pid) {
  const Process* const process = find(pid);
  if (process == nullptr) return fail(Errno::esrch);
  return facts_of(*process);
}

Result<ProcessFacts> thread_facts(std::int32_t tid) {
  const Thread* const thread = registry().thread(tid);
  if (thread == nullptr) return process_facts(tid);
  ProcessFacts facts = facts_of(thread->process);
  add_thread(facts, *thread);
  add_usage(facts, usage_of(*thread));
  add_signals(facts, thread->process, thread);
  if (facts.state != 'Z' && (facts.state != 'T' || thread->traced)) facts.state = state_of(*thread);
  if (tid != thread->process.pid) facts.exit_signal = -1;
  return facts;
}

// proc(5): the reader's ids against all of the process', unless it runs with
// another's; root sees everything, and everybody himself.
bool may_inspect(std::int32_t pid) {
  const Process* const process = find(pid);
  if (process == nullptr) return false;
  const Credentials& mine = current_credentials();
  if (process == &current_thread().process || mine.fsuid == 0) return true;
  const Thread* const leader = process->leader();
  if (leader == nullptr) return false;
  const Credentials& theirs = leader->credentials->value;
  const bool same = mine.fsuid == theirs.uid && mine.fsuid == theirs.euid && mine.fsuid == theirs.suid &&
                    mine.fsgid == theirs.gid && mine.fsgid == theirs.egid && mine.fsgid == theirs.sgid;
  return same && process->dumpable;
}

Result<void> set_thread_name(std::int32_t tid, std::string_view name) {
  Thread* const thread = registry().thread(tid);
  if (thread == nullptr) return fail(Errno::esrch);
  if (&thread->process != &current_thread().process) return fail(Errno::einval);
  thread->set_name(name);
  return {};
}

Result<std::string> process_command_line(std::int32_t pid) {
  return read_area(pid, &AddressSpace::argument_start, &AddressSpace::argument_end);
}
Result<std::string> process_environment(std::int32_t pid) {
  return read_area(pid, &AddressSpace::environment_start, &AddressSpace::environment_end);
}

Result<std::string> process_auxiliary(std::int32_t pid) {
  const Thread* const leader = leader_of(pid);
  if (leader == nullptr || !leader->memory) return std::string();
  std::string bytes(leader->memory->auxiliary.size(), '\0');
  std::ranges::copy(leader->memory->auxiliary, std::as_writable_bytes(std::span(bytes)).begin());
  return bytes;
}

Path process_executable(std::int32_t pid) {
  const Thread* const leader = leader_of(pid);
  return leader != nullptr && leader->memory ? leader->memory->executable() : Path{};
}
FsContext* process_fs(std::int32_t pid) {
  const Thread* const leader = leader_of(pid);
  return leader != nullptr ? leader->fs.get() : nullptr;
}
FileTable* process_files(std::int32_t pid) {
  const Thread* const leader = leader_of(pid);
  return leader != nullptr ? leader->files.get() : nullptr;
}

Result<LimitFacts> process_limit(std::int32_t pid, unsigned resource) {
  const Process* const process = find(pid);
  if (process == nullptr || resource >= kLimitCount) return fail(Errno::esrch);
  return LimitFacts{.soft = process->limits[resource].soft, .hard = process->limits[resource].hard};
}

ProcessorSet online_processors() { return processors(); }

std::vector<ProcessorFacts> processor_facts() {
  std::vector<ProcessorFacts> all;
  for_each_processor(processors(), [&](unsigned number) {
    const std::uint64_t now = monotonic_ns(), busy = std::min(busy_ns(number), now);
    const std::uint64_t system = std::min(ticks_to_ns(counts_of.at(number).system_ticks), busy);
    all.push_back({.number = number, .user_ns = busy - system, .system_ns = system, .idle_ns = now - busy});
  });
  return all;
}

HeapFacts heap_facts() {
  const rt::Heap::Usage usage = rt::heap().usage();
  return {.bytes = usage.bytes, .free = usage.free};
}

LoadFacts load_facts() {
  LoadFacts facts;
  Usage all = ended_usage;
  registry().for_each_process([&](const Process& process) {
    for (const Thread* const thread : process.threads) {
      all.add(usage_of(*thread));
      if (thread->sleeping == SleepState::uninterruptible && !process.stopped) ++facts.blocked;
    }
  });
  facts.forks = fork_count();
  facts.switches = all.voluntary_switches;
  facts.load_hundredths = load_averages();
  facts.running = runnable_threads();
  facts.threads = static_cast<std::uint32_t>(registry().thread_count());
  facts.last_pid = registry().last_id();
  return facts;
}

}  // namespace tessera::lx
