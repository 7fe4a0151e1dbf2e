// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "components/linux/core/guest_memory.hpp"
#include "components/linux/crash/core_file.hpp"
#include "components/linux/process/contract.hpp"
#include "components/linux/process/limits.hpp"
#include "components/linux/process/process.hpp"
#include "components/linux/process/registry.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/syscall/table.hpp"
#include "components/linux/time/cpu_limit.hpp"

namespace tessera::lx {

static std::uint64_t most_files = 1u << 20;
static bool tasks_limited = false;

void limit_tasks(std::uint64_t most) {
  registry().most_threads = std::min<std::size_t>(registry().most_threads, most);
  tasks_limited = true;
}
void limit_descriptors(std::uint64_t most) { most_files = std::min(most_files, most); }

std::uint64_t most_tasks() { return registry().most_threads; }
std::uint64_t most_descriptors() { return most_files; }

Limits default_limits() {
  Limits limits{};
  // One user gets half of what the memory carries; a limit that was asked for is for all.
  const std::uint64_t tasks = tasks_limited ? most_tasks() : most_tasks() / 2;
  limits[kLimitStack].soft = 8u << 20;
  if (!core_files_wanted()) limits[kLimitCore].soft = 0;
  limits[kLimitProcesses] = {.soft = tasks, .hard = tasks};
  limits[kLimitFiles] = {.soft = std::min<std::uint64_t>(1024, most_files), .hard = most_files};
  limits[kLimitLocked] = {.soft = 8u << 20, .hard = 8u << 20};
  limits[kLimitSignals] = {.soft = tasks, .hard = tasks};
  limits[kLimitMessages] = {.soft = 819200, .hard = 819200};
  limits[kLimitNice] = {.soft = 0, .hard = 0};
  limits[kLimitRealtime] = {.soft = 0, .hard = 0};
  return limits;
}

namespace {

// The parts of a process that keep a copy of a limit of theirs.
void apply(Process& process, unsigned resource) {
  for (Thread* const thread : process.threads) {
    if (!thread->memory) continue;
    if (resource == kLimitAddressSpace) thread->memory->address_limit = process.limits[resource].soft;
    if (resource == kLimitStack) thread->memory->stack_limit = process.limits[resource].soft;
    if (resource == kLimitData) thread->memory->data_limit = process.limits[resource].soft;
    if (resource == kLimitLocked) thread->memory->lock_limit = process.limits[resource].soft;
  }
}

Result<void> change(Process& process, unsigned resource, const Limit& wanted) {
  Limit& limit = process.limits[resource];
  if (wanted.soft > wanted.hard) return fail(Errno::einval);
  if (wanted.hard > limit.hard && current_credentials().euid != 0) return fail(Errno::eperm);
  if (resource == kLimitFiles && wanted.hard > most_files) return fail(Errno::eperm);
  limit = wanted;
  apply(process, resource);
  if (resource == kLimitCpu) watch_cpu_limit(process);
  return {};
}

}  // namespace

Result<std::int64_t> sys_getrlimit(const Arguments& arguments) {
  const auto resource = static_cast<std::uint32_t>(arguments[0]);
  if (resource >= kLimitCount) return fail(Errno::einval);
  TRY(write_guest(arguments[1], current_thread().process.limits[resource]));
  return 0;
}

Result<std::int64_t> sys_setrlimit(const Arguments& arguments) {
  const auto resource = static_cast<std::uint32_t>(arguments[0]);
  const Limit wanted = TRY(read_guest<Limit>(arguments[1]));
  if (resource >= kLimitCount) return fail(Errno::einval);
  TRY(change(current_thread().process, resource, wanted));
  return 0;
}

Result<std::int64_t> sys_prlimit64(const Arguments& arguments) {
  const auto pid = static_cast<std::int32_t>(static_cast<std::uint32_t>(arguments[0]));
  const auto resource = static_cast<std::uint32_t>(arguments[1]);
  if (resource >= kLimitCount) return fail(Errno::einval);
  Limit wanted;
  if (arguments[2] != 0) wanted = TRY(read_guest<Limit>(arguments[2]));
  Process* process = &current_thread().process;
  if (pid != 0 && pid != process->pid) {
    const Thread* const target = registry().thread(pid);
    if (target == nullptr) return fail(Errno::esrch);
    const Credentials& mine = current_credentials();
    const Credentials& theirs = target->credentials->value;
    const bool same = mine.uid == theirs.uid && mine.uid == theirs.euid && mine.uid == theirs.suid &&
                      mine.gid == theirs.gid && mine.gid == theirs.egid && mine.gid == theirs.sgid;
    if (!same && mine.euid != 0) return fail(Errno::eperm);
    process = &target->process;
  }
  const Limit old = process->limits[resource];
  if (arguments[2] != 0) TRY(change(*process, resource, wanted));
  if (arguments[3] != 0) TRY(write_guest(arguments[3], old));
  return 0;
}

}  // namespace tessera::lx
