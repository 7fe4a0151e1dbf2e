// SPDX-License-Identifier: Apache-2.0
// The text of /proc/PID/status.
#include <algorithm>
#include <string>

#include "components/linux/core/log.hpp"
#include "components/linux/fs/context.hpp"
#include "components/linux/fs/file_table.hpp"
#include "components/linux/process/contract.hpp"
#include "components/linux/process/process.hpp"
#include "components/linux/process/registry.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/trace/tracee.hpp"

namespace tessera::lx {

namespace {

constexpr std::uint64_t kAllCapabilities = (std::uint64_t{1} << 41) - 1;

std::string hex(std::uint64_t value, std::size_t width) {
  std::string digits;
  for (; value != 0 || digits.size() < width; value >>= 4) digits.insert(digits.begin(), "0123456789abcdef"[value & 15]);
  return digits;
}

Thread* leader_of(std::int32_t pid) {
  if (const Process* const process = registry().process(pid)) return process->leader();
  return registry().thread(pid);
}

void add(std::string& text, std::string_view key, const std::string& value) {
  text += key;
  text += ":\t";
  text += value;
  text += '\n';
}

void add_kilobytes(std::string& text, std::string_view key, std::uint64_t bytes) {
  std::string number = decimal(bytes / 1024);
  if (number.size() < 8) number.insert(0, 8 - number.size(), ' ');
  add(text, key, number + " kB");
}

std::string four(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
  return decimal(a) + "\t" + decimal(b) + "\t" + decimal(c) + "\t" + decimal(d);
}

std::string number(std::int32_t value) { return decimal(static_cast<std::uint64_t>(value)); }

void add_memory(std::string& text, const MemoryFacts& memory) {
  const std::uint64_t code = page_up(memory.code_end) - page_down(memory.code_start);
  add_kilobytes(text, "VmPeak", memory.peak_bytes);
  add_kilobytes(text, "VmSize", memory.bytes);
  add_kilobytes(text, "VmLck", memory.locked_bytes);
  add_kilobytes(text, "VmPin", 0);
  add_kilobytes(text, "VmHWM", memory.peak_pages * kPageBytes);
  add_kilobytes(text, "VmRSS", memory.resident_pages * kPageBytes);
  add_kilobytes(text, "RssAnon", (memory.resident_pages - memory.object_pages) * kPageBytes);
  add_kilobytes(text, "RssFile", 0);
  // All files that can be mapped live in memory.
  add_kilobytes(text, "RssShmem", memory.object_pages * kPageBytes);
  add_kilobytes(text, "VmData", memory.data_bytes);
  add_kilobytes(text, "VmStk", memory.stack_bytes);
  add_kilobytes(text, "VmExe", code);
  add_kilobytes(text, "VmLib", memory.executable_bytes > code ? memory.executable_bytes - code : 0);
  add_kilobytes(text, "VmSwap", 0);
}

std::string_view state_text(char state) {
  switch (state) {
    case 'R': return "R (running)";
    case 'S': return "S (sleeping)";
    case 'D': return "D (disk sleep)";
    case 'T': return "T (stopped)";
    case 't': return "t (tracing stop)";
    default: return "Z (zombie)";
  }
}

}  // namespace

Result<std::string> process_status(std::int32_t pid, std::int32_t tid) {
  const ProcessFacts facts = TRY(thread_facts(tid));
  const Thread* const thread = leader_of(tid);
  const MemoryFacts memory = memory_facts(pid);
  std::string text;
  const auto end = std::find(facts.name.begin(), facts.name.end(), '\0');
  add(text, "Name", std::string(facts.name.begin(), end));
  if (thread != nullptr && thread->fs) {
    const std::uint32_t mask = thread->fs->umask;
    std::string octal = "0000";
    for (std::size_t i = 0; i < 3; ++i) octal[3 - i] = static_cast<char>('0' + (mask >> (3 * i) & 7));
    add(text, "Umask", octal);
  }
  add(text, "State", std::string(state_text(facts.state)));
  add(text, "Tgid", number(facts.pid));
  add(text, "Ngid", "0");
  add(text, "Pid", number(tid));
  add(text, "PPid", number(facts.parent));
  add(text, "TracerPid", number(thread != nullptr && thread->traced ? thread->traced->tracer->tid : 0));
  const Credentials& ids = facts.credentials;
  add(text, "Uid", four(ids.uid, ids.euid, ids.suid, ids.fsuid));
  add(text, "Gid", four(ids.gid, ids.egid, ids.sgid, ids.fsgid));
  add(text, "FDSize", decimal(thread != nullptr && thread->files ? thread->files->room() : 0));
  std::string groups;
  for (const std::uint32_t group : ids.groups) groups += decimal(group) + " ";
  add(text, "Groups", groups.empty() ? " " : groups);
  add(text, "NStgid", number(facts.pid));
  add(text, "NSpid", number(tid));
  add(text, "NSpgid", number(facts.group));
  add(text, "NSsid", number(facts.session));
  if (thread != nullptr && thread->memory) add_memory(text, memory);
  add(text, "CoreDumping", thread != nullptr && thread->process.dumper != nullptr ? "1" : "0");
  add(text, "Threads", decimal(facts.thread_count));
  if (thread != nullptr) {
    const Process& process = thread->process;
    add(text, "SigQ", decimal(process.pending.queued()) + "/" + decimal(process.limits[kLimitSignals].soft));
    add(text, "SigPnd", hex(thread->pending.pending().bits(), 16));
    add(text, "ShdPnd", hex(process.pending.pending().bits(), 16));
    add(text, "SigBlk", hex(facts.blocked, 16));
    add(text, "SigIgn", hex(facts.ignored, 16));
    add(text, "SigCgt", hex(facts.caught, 16));
    const std::uint64_t effective = ids.euid == 0 ? kAllCapabilities : 0;
    const std::uint64_t permitted = ids.euid == 0 || ids.uid == 0 || ids.suid == 0 ? kAllCapabilities : 0;
    add(text, "CapInh", hex(0, 16));
    add(text, "CapPrm", hex(permitted, 16));
    add(text, "CapEff", hex(effective, 16));
    add(text, "CapBnd", hex(kAllCapabilities, 16));
    add(text, "CapAmb", hex(0, 16));
    add(text, "NoNewPrivs", process.no_new_privileges ? "1" : "0");
    add(text, "Seccomp", decimal(static_cast<std::uint64_t>(thread->seccomp_mode)));
    add(text, "Seccomp_filters", decimal(thread->seccomp ? thread->seccomp->count() : 0));
    add(text, "Cpus_allowed", mask_text(allowed_processors(*thread)));
    add(text, "Cpus_allowed_list", list_text(allowed_processors(*thread)));
    add(text, "voluntary_ctxt_switches", decimal(thread->usage.voluntary_switches));
    add(text, "nonvoluntary_ctxt_switches", "0");
  }
  return text;
}

}  // namespace tessera::lx
