// SPDX-License-Identifier: Apache-2.0
// What /proc shows of a process' memory: maps, smaps and the sums in stat, statm and status.
#include <algorithm>
#include <string>

#include "components/linux/fs/file_system.hpp"
#include "components/linux/fs/text.hpp"
#include "components/linux/process/contract.hpp"
#include "components/linux/process/process.hpp"
#include "components/linux/process/registry.hpp"
#include "components/linux/process/thread.hpp"

namespace tessera::lx {

namespace {

Thread* leader_of(std::int32_t pid) {
  if (const Process* const process = registry().process(pid)) return process->leader();
  return registry().thread(pid);
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

void add_line(Text& text, const Area& area) {
  Text line;
  line.hex(area.start, 8) << '-';
  line.hex(area.end, 8) << ' ' << ((area.protection & kProtRead) != 0 ? 'r' : '-')
                        << ((area.protection & kProtWrite) != 0 ? 'w' : '-')
                        << ((area.protection & kProtExecute) != 0 ? 'x' : '-') << (area.shared && area.kind != AreaKind::vvar ? 's' : 'p') << ' ';
  const Inode* const inode = area.backing ? area.backing->inode() : nullptr;
  const std::uint64_t device = inode != nullptr ? inode->file_system().device() : 0;
  line.hex(inode != nullptr ? area.offset_pages * kPageBytes : 0, 8) << ' ';
  line.hex(device_major(device), 2) << ':';
  line.hex(device_minor(device), 2) << ' ' << (inode != nullptr ? inode->number() : 0) << ' ';
  const std::string label = label_of(area);
  if (label.empty()) {
    text << line.view() << '\n';
    return;
  }
  constexpr std::size_t kColumn = 73;
  text.left(line.view(), kColumn) << label << '\n';
}

// The kernel's own pages are nobody's, and neither is the one page of zeros.
bool counted(const Area& area, const PageEntry& entry) {
  return area.kind != AreaKind::vdso && area.kind != AreaKind::vvar && !is_zero_frame(entry.frame());
}

struct AreaPages {
  std::uint64_t resident = 0, object = 0, anonymous = 0;
  std::uint64_t shared_clean = 0, shared_dirty = 0, private_dirty = 0;
  std::uint64_t share_bytes = 0;  // each page divided by its users
};

AreaPages pages_of(AddressSpace& memory, const Area& area) {
  AreaPages pages;
  memory.pages().for_each(area.start / kPageBytes, area.end / kPageBytes, [&](PageNumber, const PageEntry& entry) {
    if (!counted(area, entry)) return;
    ++pages.resident;
    if (entry.of_file()) ++pages.object;
    else ++pages.anonymous;
    // Nobody counts who uses a page of the bundle; it is as it came, for everybody.
    if (frame_is_read_only(entry.frame())) {
      ++pages.shared_clean;
      pages.share_bytes += kPageBytes;
      return;
    }
    // One reference to a file's page is the cache's.
    const std::uint64_t references = frame_references(entry.frame());
    const std::uint64_t users = std::max<std::uint64_t>(entry.of_file() ? references - 1 : references, 1);
    ++(users == 1 ? pages.private_dirty : pages.shared_dirty);
    pages.share_bytes += kPageBytes / users;
  });
  return pages;
}

// Two letters for each property, in Linux' order (proc_pid_smaps(5)).
std::string flags_of(const Area& area) {
  std::string text;
  const auto flag = [&text](bool set, std::string_view letters) {
    if (set) (text += letters) += ' ';
  };
  const bool own = area.kind == AreaKind::vdso || area.kind == AreaKind::vvar;
  flag((area.protection & kProtRead) != 0, "rd");
  flag((area.protection & kProtWrite) != 0, "wr");
  flag((area.protection & kProtExecute) != 0, "ex");
  flag(area.shared && area.may_write && !own, "sh");
  flag(true, "mr");
  flag(area.may_write, "mw");
  flag(true, "me");
  flag(area.shared && !own, "ms");
  flag(area.grows_down, "gd");
  flag(area.locked, "lo");
  flag(own, "io");
  flag(area.dont_fork, "dc");
  flag(own, "de");
  flag(area.lock_on_fault, "lf");
  flag(!area.shared && !area.no_reserve && (area.protection & kProtWrite) != 0, "ac");
  flag(area.no_reserve, "nr");
  flag((area.protection & kProtBranchTargets) != 0, "bt");
  flag(area.wipe_on_fork, "wf");
  return text;
}

void add_detail(Text& text, AddressSpace& memory, const Area& area) {
  const AreaPages pages = pages_of(memory, area);
  const auto line = [&text](std::string_view name, std::uint64_t bytes) {
    Text key;
    key << name << ':';
    text.left(key.view(), 16).right(bytes / 1024, 8) << " kB\n";
  };
  line("Size", area.bytes());
  line("KernelPageSize", kPageBytes);
  line("MMUPageSize", kPageBytes);
  line("Rss", pages.resident * kPageBytes);
  line("Pss", pages.share_bytes);
  line("Shared_Clean", pages.shared_clean * kPageBytes);
  line("Shared_Dirty", pages.shared_dirty * kPageBytes);
  line("Private_Clean", 0);
  line("Private_Dirty", pages.private_dirty * kPageBytes);
  line("Referenced", pages.resident * kPageBytes);
  line("Anonymous", pages.anonymous * kPageBytes);
  line("Swap", 0);
  line("SwapPss", 0);
  line("Locked", area.locked ? pages.share_bytes : 0);
  text << "VmFlags: " << flags_of(area) << '\n';
}

Result<std::string> maps(std::int32_t pid, bool in_detail) {
  const Thread* const leader = leader_of(pid);
  if (leader == nullptr && registry().process(pid) == nullptr) return fail(Errno::esrch);
  Text text;
  if (leader == nullptr || !leader->memory) return text.take();
  for (const Area& area : leader->memory->areas().all()) {
    add_line(text, area);
    if (in_detail) add_detail(text, *leader->memory, area);
  }
  return text.take();
}

}  // namespace

Result<std::string> process_maps(std::int32_t pid) { return maps(pid, false); }
Result<std::string> process_maps_in_detail(std::int32_t pid) { return maps(pid, true); }

MemoryFacts memory_facts(std::int32_t pid) {
  MemoryFacts facts;
  const Thread* const leader = leader_of(pid);
  if (leader == nullptr || !leader->memory) return facts;
  AddressSpace& memory = *leader->memory;
  for (const Area& area : memory.areas().all()) {
    const AreaPages pages = pages_of(memory, area);
    facts.resident_pages += pages.resident;
    facts.object_pages += pages.object;
    if (area.kind == AreaKind::stack) facts.stack_bytes += area.bytes();
    else if ((area.protection & (kProtExecute | kProtWrite)) == kProtExecute) facts.executable_bytes += area.bytes();
    else if ((area.protection & kProtWrite) != 0 && !area.shared) facts.data_bytes += area.bytes();
  }
  facts.locked_bytes = memory.locked_bytes();
  facts.bytes = memory.total_bytes();
  facts.peak_bytes = memory.areas().peak_bytes();
  facts.peak_pages = std::max(memory.peak_pages.load(std::memory_order_relaxed), facts.resident_pages);
  facts.code_start = memory.code_start;
  facts.code_end = memory.code_end;
  facts.data_start = memory.data_start;
  facts.data_end = memory.data_end;
  facts.break_start = memory.break_start;
  facts.stack_start = memory.first_stack_pointer;
  facts.argument_start = memory.argument_start;
  facts.argument_end = memory.argument_end;
  facts.environment_start = memory.environment_start;
  facts.environment_end = memory.environment_end;
  return facts;
}

}  // namespace tessera::lx
