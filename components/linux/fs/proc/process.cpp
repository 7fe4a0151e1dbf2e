// SPDX-License-Identifier: Apache-2.0
// /proc/PID.
#include <algorithm>
#include <array>

#include "components/linux/core/frames.hpp"
#include "components/linux/fs/context.hpp"
#include "components/linux/fs/path.hpp"
#include "components/linux/fs/proc/proc.hpp"
#include "components/linux/fs/text.hpp"
#include "components/linux/process/contract.hpp"

namespace tessera::lx {
namespace {

constexpr std::uint64_t kTickNs = 10'000'000;

std::string_view name_of(const ProcessFacts& facts) {
  std::string_view name(facts.name.data(), facts.name.size());
  return name.substr(0, name.find('\0'));
}

// proc(5): 52 fields; what the system does not know is 0 as for a kernel thread.
Result<std::string> stat_text(std::int32_t pid, std::int32_t tid) {
  ProcessFacts facts = TRY(process_facts(pid));
  Text text;
  text << tid << " (" << name_of(facts) << ") " << facts.state << ' ' << facts.parent << ' ' << facts.group << ' '
       << facts.session << ' ' << facts.terminal_device << ' ' << facts.terminal_group << " 4194304 0 0 0 0 "
       << facts.user_ns / kTickNs << ' ' << facts.system_ns / kTickNs << " 0 0 " << facts.priority << ' ' << facts.nice
       << ' ' << facts.thread_count << " 0 " << facts.start_ns / kTickNs << ' ' << facts.virtual_bytes << ' '
       << facts.resident_pages << " 18446744073709551615";
  // startcode .. exit_signal
  for (int i = 0; i < 12; ++i) text << " 0";
  text << " 17 0 0 0 0 0 0";
  // start_data .. exit_code
  for (int i = 0; i < 8; ++i) text << " 0";
  text << '\n';
  return text.take();
}

Result<std::string> statm_text(std::int32_t pid, std::int32_t) {
  ProcessFacts facts = TRY(process_facts(pid));
  Text text;
  text << facts.virtual_bytes / kPageBytes << ' ' << facts.resident_pages << " 0 0 0 "
       << facts.virtual_bytes / kPageBytes << " 0\n";
  return text.take();
}

Result<std::string> name_text(std::int32_t pid, std::int32_t) {
  ProcessFacts facts = TRY(process_facts(pid));
  Text text;
  text << name_of(facts) << '\n';
  return text.take();
}

Result<std::string> limits_text(std::int32_t pid, std::int32_t) {
  struct Limit {
    std::string_view name, unit;
  };
  // In the order of their numbers.
  constexpr std::array<Limit, 16> kLimits{{{"Max cpu time", "seconds"},
                                           {"Max file size", "bytes"},
                                           {"Max data size", "bytes"},
                                           {"Max stack size", "bytes"},
                                           {"Max core file size", "bytes"},
                                           {"Max resident set", "bytes"},
                                           {"Max processes", "processes"},
                                           {"Max open files", "files"},
                                           {"Max locked memory", "bytes"},
                                           {"Max address space", "bytes"},
                                           {"Max file locks", "locks"},
                                           {"Max pending signals", "signals"},
                                           {"Max msgqueue size", "bytes"},
                                           {"Max nice priority", ""},
                                           {"Max realtime priority", ""},
                                           {"Max realtime timeout", "us"}}};
  Text text;
  text.left("Limit", 26).left("Soft Limit", 21).left("Hard Limit", 21).left("Units", 10) << '\n';
  auto value = [&](std::uint64_t limit) {
    Text number;
    number << limit;
    text.left(limit == ~std::uint64_t{0} ? "unlimited" : number.view(), 21);
  };
  for (unsigned i = 0; i < kLimits.size(); ++i) {
    LimitFacts limit = TRY(process_limit(pid, i));
    text.left(kLimits.at(i).name, 26);
    value(limit.soft);
    value(limit.hard);
    text.left(kLimits.at(i).unit, 10) << '\n';
  }
  return text.take();
}

struct ProcessFile {
  std::string_view name;
  std::uint32_t permissions;
  Result<std::string> (*text)(std::int32_t pid, std::int32_t tid);
};
constexpr std::array kFiles{
    ProcessFile{"cmdline", 0444, [](std::int32_t pid, std::int32_t) { return process_command_line(pid); }},
    ProcessFile{"comm", 0444, name_text},
    ProcessFile{"environ", 0400, [](std::int32_t pid, std::int32_t) { return process_environment(pid); }},
    ProcessFile{"limits", 0444, limits_text},
    ProcessFile{"maps", 0444, [](std::int32_t pid, std::int32_t) { return process_maps(pid); }},
    ProcessFile{"mountinfo", 0444, [](std::int32_t, std::int32_t) { return Result<std::string>(mount_info_text()); }},
    ProcessFile{"mounts", 0444, [](std::int32_t, std::int32_t) { return Result<std::string>(mounts_text()); }},
    ProcessFile{"stat", 0444, stat_text},
    ProcessFile{"statm", 0444, statm_text},
    ProcessFile{"status", 0444, [](std::int32_t pid, std::int32_t) { return process_status(pid); }},
};
constexpr std::array<std::string_view, 3> kLinks{"cwd", "exe", "root"};
constexpr std::array<std::string_view, 2> kDirectories{"fd", "fdinfo"};

void own(Inode& inode, const ProcessFacts& facts) {
  inode.attributes.uid = facts.credentials.euid;
  inode.attributes.gid = facts.credentials.egid;
}

class TextNode final : public ProcFile {
 public:
  TextNode(std::int32_t pid, std::int32_t tid, std::size_t index)
      : ProcFile(proc_inode(tid, 1 + index), kFiles.at(index).permissions), pid_(pid), tid_(tid), index_(index) {}
  Result<std::string> text() override { return kFiles.at(index_).text(pid_, tid_); }

 private:
  std::int32_t pid_, tid_;
  std::size_t index_;
};

// cwd, exe, root: lead to the object itself. Only for who could trace the process.
class ObjectLink final : public ProcLink {
 public:
  ObjectLink(std::int32_t pid, std::size_t index) : ProcLink(proc_inode(pid, 64 + index)), pid_(pid), index_(index) {}

  Result<std::string> read_link() override {
    TRY(check());
    if (kLinks.at(index_) == "exe") {
      if (!process_executable(pid_)) return fail(Errno::enoent);
      return process_executable_path(pid_);
    }
    Path path = TRY(target());
    return path_text(path, current_fs().root);
  }
  Result<bool> follow_magic(Path& to) override {
    TRY(check());
    to = TRY(target());
    return true;
  }

 private:
  Result<void> check() const {
    ProcessFacts facts = TRY(process_facts(pid_));
    const Credentials& who = current_credentials();
    if (who.fsuid == 0 || who.fsuid == facts.credentials.uid) return {};
    return fail(Errno::eacces);
  }
  Result<Path> target() const {
    if (kLinks.at(index_) == "exe") {
      Ref<Inode> inode = process_executable(pid_);
      if (!inode) return fail(Errno::enoent);
      return unnamed_path(process_executable_path(pid_), inode);
    }
    FsContext* context = process_fs(pid_);
    if (context == nullptr) return fail(Errno::enoent);
    return kLinks.at(index_) == "cwd" ? context->cwd : context->root;
  }
  static Path unnamed_path(std::string_view text, Ref<Inode> inode) {
    return Path{nullptr, make_ref<PathNode>(nullptr, text, std::move(inode))};
  }

  std::int32_t pid_;
  std::size_t index_;
};

class TaskDirectory final : public ProcDirectory {
 public:
  explicit TaskDirectory(std::int32_t pid) : ProcDirectory(proc_inode(pid, 80)), pid_(pid) {}
  Result<Ref<Inode>> lookup(std::string_view name) override {
    std::int32_t tid = parse_id(name);
    std::vector<std::int32_t> ids = process_threads(pid_);
    if (tid <= 0 || std::ranges::find(ids, tid) == ids.end()) return fail(Errno::enoent);
    Ref<Inode> task = proc_process(pid_, tid, true);
    if (!task) return fail(Errno::enoent);
    return task;
  }
  Result<void> read_directory(std::uint64_t& position, DirectorySink& sink) override {
    std::vector<std::int32_t> ids = process_threads(pid_);
    std::ranges::sort(ids, [](std::int32_t a, std::int32_t b) { return a < b; });  // int's own is in libc++
    for (std::int32_t tid : ids) {
      std::uint64_t own = kFirstDirectoryPosition + static_cast<std::uint64_t>(tid);
      if (own < position) continue;
      Text name;
      name << tid;
      if (!sink.add({name.view(), proc_inode(tid, 96), kDirectory, own + 1})) return {};
      position = own + 1;
    }
    return {};
  }

 private:
  std::int32_t pid_;
};

class ProcessDirectory final : public ProcDirectory {
 public:
  ProcessDirectory(std::int32_t pid, std::int32_t tid, bool task)
      : ProcDirectory(proc_inode(tid, task ? 96 : 0)), pid_(pid), tid_(tid), task_(task) {}

  Result<Ref<Inode>> lookup(std::string_view name) override {
    auto facts = process_facts(pid_);
    if (!facts) return fail(Errno::enoent);
    Ref<Inode> found = find(name);
    if (!found) return fail(Errno::enoent);
    // Of a program whose secrets are not its caller's, only root may look at more than names.
    if (facts->dumpable || found->directory())
      own(*found, *facts);
    return found;
  }

  Result<void> read_directory(std::uint64_t& position, DirectorySink& sink) override {
    if (!process_facts(pid_)) return fail(Errno::enoent);
    auto each = [&](std::string_view name, std::uint64_t number, std::uint32_t type, std::uint64_t index) {
      std::uint64_t own_position = kFirstDirectoryPosition + index;
      if (own_position < position) return true;
      if (!sink.add({name, number, type, own_position + 1})) return false;
      position = own_position + 1;
      return true;
    };
    std::uint64_t index = 0;
    for (std::size_t i = 0; i < kFiles.size(); ++i)
      if (!each(kFiles.at(i).name, proc_inode(tid_, 1 + i), kRegular, index++)) return {};
    for (std::size_t i = 0; i < kLinks.size(); ++i)
      if (!each(kLinks.at(i), proc_inode(pid_, 64 + i), kSymlink, index++)) return {};
    for (std::size_t i = 0; i < kDirectories.size(); ++i)
      if (!each(kDirectories.at(i), proc_inode(pid_, 81 + i), kDirectory, index++)) return {};
    if (!task_) each("task", proc_inode(pid_, 80), kDirectory, index);
    return {};
  }

 private:
  Ref<Inode> find(std::string_view name) {
    for (std::size_t i = 0; i < kFiles.size(); ++i)
      if (kFiles.at(i).name == name) return make_ref<TextNode>(pid_, tid_, i);
    for (std::size_t i = 0; i < kLinks.size(); ++i)
      if (kLinks.at(i) == name) return make_ref<ObjectLink>(pid_, i);
    if (name == "fd") return proc_descriptors(pid_, false);
    if (name == "fdinfo") return proc_descriptors(pid_, true);
    if (name == "task" && !task_) return make_ref<TaskDirectory>(pid_);
    return nullptr;
  }

  std::int32_t pid_, tid_;
  bool task_;
};

}  // namespace

Ref<Inode> proc_process(std::int32_t pid, std::int32_t tid, bool task) {
  auto facts = process_facts(pid);
  if (!facts) return nullptr;
  Ref<Inode> made = make_ref<ProcessDirectory>(pid, tid, task);
  own(*made, *facts);
  return made;
}

}  // namespace tessera::lx
