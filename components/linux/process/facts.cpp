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
#include "components/linux/tty/terminal.hpp"

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

char state_of(const Process& process) {
  if (process.life != Life::alive) return 'Z';
  if (process.stopped) return 'T';
  bool waits = false;
  for (const Thread* const thread : process.threads) {
    if (thread->sleeping == SleepState::awake) return 'R';
    waits = waits || thread->sleeping == SleepState::uninterruptible;
  }
  return waits ? 'D' : 'S';
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

Result<ProcessFacts> process_facts(std::int32_t pid) {
  const Process* const process = find(pid);
  if (process == nullptr) return fail(Errno::esrch);
  ProcessFacts facts;
  facts.pid = process->pid;
  facts.parent = process->parent != nullptr ? process->parent->pid : 0;
  facts.group = process->group;
  facts.session = process->session;
  if (const Ref<Terminal> terminal = session_terminal(process->session)) {
    facts.terminal_group = terminal->foreground();
    facts.terminal_device = terminal->device();
  }
  facts.state = state_of(*process);
  facts.dumpable = process->dumpable;
  facts.name = process->name;
  facts.thread_count = static_cast<std::uint32_t>(process->threads.size());
  const Usage usage = usage_of(*process);
  facts.user_ns = usage.user_ns;
  facts.system_ns = usage.system_ns;
  facts.start_ns = process->start_ns;
  facts.credentials.uid = facts.credentials.euid = process->zombie_uid;
  if (const Thread* const leader = process->leader()) {
    facts.name = leader->name;
    facts.credentials = leader->credentials->value;
    facts.nice = leader->nice;
    facts.priority = 20 + leader->nice;
    if (leader->memory) {
      facts.virtual_bytes = leader->memory->total_bytes();
      facts.resident_pages = leader->memory->resident_pages();
    }
  }
  return facts;
}

Result<std::string> process_command_line(std::int32_t pid) {
  return read_area(pid, &AddressSpace::argument_start, &AddressSpace::argument_end);
}
Result<std::string> process_environment(std::int32_t pid) {
  return read_area(pid, &AddressSpace::environment_start, &AddressSpace::environment_end);
}

Ref<Inode> process_executable(std::int32_t pid) {
  const Thread* const leader = leader_of(pid);
  return leader != nullptr && leader->memory ? leader->memory->executable() : nullptr;
}
std::string process_executable_path(std::int32_t pid) {
  const Thread* const leader = leader_of(pid);
  return leader != nullptr && leader->memory ? leader->memory->executable_path() : std::string();
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

LoadFacts load_facts() {
  LoadFacts facts;
  Usage all = ended_usage;
  registry().for_each_process([&](const Process& process) {
    for (const Thread* const thread : process.threads) all.add(usage_of(*thread));
  });
  facts.user_ns = all.user_ns;
  facts.system_ns = all.system_ns;
  const std::uint64_t busy = facts.user_ns + facts.system_ns;
  const std::uint64_t now = monotonic_ns();
  facts.idle_ns = now > busy ? now - busy : 0;
  facts.forks = fork_count();
  facts.load_hundredths = load_averages();
  facts.running = runnable_threads();
  facts.threads = static_cast<std::uint32_t>(registry().thread_count());
  facts.last_pid = registry().last_id();
  return facts;
}

}  // namespace tessera::lx
