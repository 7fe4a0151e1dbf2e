// SPDX-License-Identifier: Apache-2.0
// The texts of /proc/PID/maps and /proc/PID/status.
#include <algorithm>
#include <string>

#include "components/linux/core/log.hpp"
#include "components/linux/fs/inode.hpp"
#include "components/linux/fs/file_system.hpp"
#include "components/linux/process/contract.hpp"
#include "components/linux/process/process.hpp"
#include "components/linux/process/registry.hpp"
#include "components/linux/process/thread.hpp"

namespace tessera::lx {

namespace {

std::string hex(std::uint64_t value, std::size_t width) {
  std::string digits;
  for (; value != 0 || digits.size() < width; value >>= 4) digits.insert(digits.begin(), "0123456789abcdef"[value & 15]);
  return digits;
}

std::string label_of(const Area& area) {
  switch (area.kind) {
    case AreaKind::heap: return "[heap]";
    case AreaKind::stack: return "[stack]";
    case AreaKind::vdso: return "[vdso]";
    case AreaKind::vvar: return "[vvar]";
    case AreaKind::plain: break;
  }
  return area.backing ? area.backing->path() : std::string();
}

std::string line_of(const Area& area) {
  std::string line = hex(area.start, 8) + "-" + hex(area.end, 8) + " ";
  line += (area.protection & kProtRead) != 0 ? 'r' : '-';
  line += (area.protection & kProtWrite) != 0 ? 'w' : '-';
  line += (area.protection & kProtExecute) != 0 ? 'x' : '-';
  line += area.shared ? 's' : 'p';
  const Inode* const inode = area.backing ? area.backing->inode() : nullptr;
  const std::uint64_t device = inode != nullptr ? inode->file_system().device() : 0;
  line += " " + hex(inode != nullptr ? area.offset_pages * kPageBytes : 0, 8);
  line += " " + hex(device_major(device), 2) + ":" + hex(device_minor(device), 2);
  line += " " + decimal(inode != nullptr ? inode->number() : 0) + " ";
  const std::string label = label_of(area);
  if (!label.empty()) {
    constexpr std::size_t kColumn = 73;
    if (line.size() < kColumn) line.append(kColumn - line.size(), ' ');
    line += label;
  }
  return line + "\n";
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

std::string_view state_text(char state) {
  switch (state) {
    case 'R': return "R (running)";
    case 'S': return "S (sleeping)";
    case 'D': return "D (disk sleep)";
    case 'T': return "T (stopped)";
    default: return "Z (zombie)";
  }
}

struct Masks {
  SignalSet ignored, caught;
};
Masks masks_of(const Process& process) {
  Masks masks;
  for (int signal = 1; signal <= kSignalCount; ++signal) {
    const std::uint64_t handler = process.actions->get(signal).handler;
    if (handler == kHandlerIgnore) masks.ignored.add(signal);
    else if (handler != kHandlerDefault) masks.caught.add(signal);
  }
  return masks;
}

}  // namespace

Result<std::string> process_maps(std::int32_t pid) {
  const Thread* const leader = leader_of(pid);
  if (leader == nullptr) {
    if (registry().process(pid) == nullptr) return fail(Errno::esrch);
    return std::string();
  }
  std::string text;
  if (leader->memory)
    for (const Area& area : leader->memory->areas().all()) text += line_of(area);
  return text;
}

Result<std::string> process_status(std::int32_t pid) {
  const ProcessFacts facts = TRY(process_facts(pid));
  const Thread* const leader = leader_of(pid);
  std::string text;
  const auto end = std::find(facts.name.begin(), facts.name.end(), '\0');
  add(text, "Name", std::string(facts.name.begin(), end));
  if (leader != nullptr) {
    const std::uint32_t mask = leader->fs ? leader->fs->umask : 0;
    std::string octal = "0000";
    for (std::size_t i = 0; i < 3; ++i) octal[3 - i] = static_cast<char>('0' + (mask >> (3 * i) & 7));
    add(text, "Umask", octal);
  }
  add(text, "State", std::string(state_text(facts.state)));
  add(text, "Tgid", decimal(static_cast<std::uint64_t>(facts.pid)));
  add(text, "Ngid", "0");
  add(text, "Pid", decimal(static_cast<std::uint64_t>(pid)));
  add(text, "PPid", decimal(static_cast<std::uint64_t>(facts.parent)));
  add(text, "TracerPid", "0");
  const Credentials& ids = facts.credentials;
  add(text, "Uid", four(ids.uid, ids.euid, ids.suid, ids.fsuid));
  add(text, "Gid", four(ids.gid, ids.egid, ids.sgid, ids.fsgid));
  if (leader != nullptr) add(text, "FDSize", "64");
  std::string groups;
  for (const std::uint32_t group : ids.groups) groups += decimal(group) + " ";
  add(text, "Groups", groups);
  if (leader != nullptr && leader->memory) {
    AddressSpace& memory = *leader->memory;
    std::uint64_t stack = 0, text_bytes = 0, data = 0;
    for (const Area& area : memory.areas().all()) {
      if (area.kind == AreaKind::stack) stack += area.bytes();
      else if ((area.protection & kProtExecute) != 0) text_bytes += area.bytes();
      else if ((area.protection & kProtWrite) != 0 && !area.shared) data += area.bytes();
    }
    add_kilobytes(text, "VmPeak", memory.total_bytes());
    add_kilobytes(text, "VmSize", memory.total_bytes());
    add_kilobytes(text, "VmLck", 0);
    add_kilobytes(text, "VmHWM", memory.peak_pages * kPageBytes);
    add_kilobytes(text, "VmRSS", memory.resident_pages() * kPageBytes);
    add_kilobytes(text, "VmData", data);
    add_kilobytes(text, "VmStk", stack);
    add_kilobytes(text, "VmExe", text_bytes);
    add_kilobytes(text, "VmLib", 0);
    add_kilobytes(text, "VmSwap", 0);
  }
  add(text, "Threads", decimal(facts.thread_count));
  if (leader != nullptr) {
    const Process& process = leader->process;
    const Masks masks = masks_of(process);
    add(text, "SigQ", decimal(process.pending.queued()) + "/" + decimal(process.limits[kLimitSignals].soft));
    add(text, "SigPnd", hex(leader->pending.pending().bits(), 16));
    add(text, "ShdPnd", hex(process.pending.pending().bits(), 16));
    add(text, "SigBlk", hex(leader->blocked.bits(), 16));
    add(text, "SigIgn", hex(masks.ignored.bits(), 16));
    add(text, "SigCgt", hex(masks.caught.bits(), 16));
    add(text, "NoNewPrivs", process.no_new_privileges ? "1" : "0");
    add(text, "Seccomp", "0");
    add(text, "Cpus_allowed", "1");
    add(text, "Cpus_allowed_list", "0");
    add(text, "voluntary_ctxt_switches", decimal(leader->usage.voluntary_switches));
    add(text, "nonvoluntary_ctxt_switches", "0");
  }
  return text;
}

}  // namespace tessera::lx
