// SPDX-License-Identifier: Apache-2.0
// /proc/PID.
#include <algorithm>
#include <array>

#include "components/linux/core/frames.hpp"
#include "components/linux/fs/context.hpp"
#include "components/linux/fs/file.hpp"
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

// proc(5): 52 fields. Addresses are only for who may inspect the process.
Result<std::string> stat_text(std::int32_t pid, std::int32_t tid, bool task) {
  ProcessFacts facts = TRY(task ? thread_facts(tid) : process_facts(pid));
  // By a thread's number: the sums of its process, its own state.
  if (!task && tid != pid) facts.state = TRY(thread_facts(tid)).state;
  MemoryFacts memory = memory_facts(pid);
  const std::uint64_t bytes = memory.bytes, resident = memory.resident_pages;
  const bool permitted = may_inspect(pid);
  if (!permitted) memory = MemoryFacts{.code_start = bytes != 0 ? 1U : 0U, .code_end = bytes != 0 ? 1U : 0U};
  constexpr std::uint64_t kRandomized = 0x400000, kNoExecYet = 0x40, kExiting = 4;
  constexpr std::uint64_t kOldSignals = 0x7fffffff;
  const std::uint64_t flags = kRandomized | (facts.did_exec ? 0 : kNoExecYet) | (facts.state == 'Z' ? kExiting : 0);
  Text text;
  text << tid << " (" << name_of(facts) << ") " << facts.state << ' ' << facts.parent << ' ' << facts.group << ' '
       << facts.session << ' ' << facts.terminal_device << ' ' << facts.terminal_group << ' ' << flags << ' '
       << facts.minor_faults << ' ' << facts.child_minor_faults << " 0 0 " << facts.user_ns / kTickNs << ' '
       << facts.system_ns / kTickNs << ' ' << facts.child_user_ns / kTickNs << ' ' << facts.child_system_ns / kTickNs
       << ' ' << facts.priority << ' ' << facts.nice << ' ' << facts.thread_count << " 0 " << facts.start_ns / kTickNs
       << ' ' << bytes << ' ' << resident << ' ' << facts.resident_limit << ' ' << memory.code_start << ' '
       << memory.code_end << ' ' << memory.stack_start << " 0 0 " << (facts.pending & kOldSignals) << ' '
       << (facts.blocked & kOldSignals) << ' ' << (facts.ignored & kOldSignals) << ' ' << (facts.caught & kOldSignals)
       << " 0 0 0 " << facts.exit_signal << ' ' << facts.processor << " 0 0 0 0 0 " << memory.data_start << ' ' << memory.data_end << ' '
       << memory.break_start << ' ' << memory.argument_start << ' ' << memory.argument_end << ' '
       << memory.environment_start << ' ' << memory.environment_end << ' ' << (permitted ? facts.exit_code : 0) << '\n';
  return text.take();
}

Result<std::string> statm_text(std::int32_t pid) {
  const MemoryFacts facts = memory_facts(pid);
  const std::uint64_t code = (facts.code_end + kPageBytes - 1) / kPageBytes - facts.code_start / kPageBytes;
  Text text;
  text << facts.bytes / kPageBytes << ' ' << facts.resident_pages << ' ' << facts.object_pages << ' ' << code << " 0 "
       << (facts.data_bytes + facts.stack_bytes) / kPageBytes << " 0\n";
  return text.take();
}

Result<std::string> name_text(std::int32_t tid) {
  ProcessFacts facts = TRY(thread_facts(tid));
  Text text;
  text << name_of(facts) << '\n';
  return text.take();
}

Result<std::string> limits_text(std::int32_t pid) {
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

Result<std::string> text_of_mounts(std::int32_t pid, std::string (*text)(const MountTable&)) {
  const FsContext* const context = process_fs(pid);
  if (context == nullptr) return fail(Errno::einval);
  return text(*context->mounts);
}

struct Subject {
  std::int32_t pid = 0, tid = 0;
  bool task = false;  // below task/
};
struct ProcessFile {
  std::string_view name;
  std::uint32_t permissions;
  Result<std::string> (*text)(const Subject& of);
  bool secret = false;  // only for who may inspect the process
};
constexpr std::array kFiles{
    ProcessFile{"auxv", 0400, [](const Subject& of) { return process_auxiliary(of.pid); }, true},
    ProcessFile{"cmdline", 0444, [](const Subject& of) { return process_command_line(of.pid); }},
    ProcessFile{"comm", 0644, [](const Subject& of) { return name_text(of.tid); }},
    ProcessFile{"environ", 0400, [](const Subject& of) { return process_environment(of.pid); }, true},
    ProcessFile{"limits", 0444, [](const Subject& of) { return limits_text(of.pid); }},
    // Nobody logs in through an audit service.
    ProcessFile{"loginuid", 0444, [](const Subject&) { return Result<std::string>("4294967295"); }},
    ProcessFile{"maps", 0444, [](const Subject& of) { return process_maps(of.pid); }, true},
    ProcessFile{"mountinfo", 0444, [](const Subject& of) { return text_of_mounts(of.pid, mount_info_text); }},
    ProcessFile{"mounts", 0444, [](const Subject& of) { return text_of_mounts(of.pid, mounts_text); }},
    ProcessFile{"personality", 0400,
                [](const Subject& of) -> Result<std::string> {
                  const ProcessFacts facts = TRY(process_facts(of.pid));
                  Text text;
                  text.hex(facts.personality, 8) << '\n';
                  return text.take();
                },
                true},
    ProcessFile{"smaps", 0444, [](const Subject& of) { return process_maps_in_detail(of.pid); }, true},
    ProcessFile{"stat", 0444, [](const Subject& of) { return stat_text(of.pid, of.tid, of.task); }},
    ProcessFile{"statm", 0444, [](const Subject& of) { return statm_text(of.pid); }},
    ProcessFile{"status", 0444, [](const Subject& of) { return process_status(of.pid, of.tid); }},
    ProcessFile{"syscall", 0400, [](const Subject& of) { return thread_call(of.tid); }, true},
    // Where it sleeps has no name here.
    ProcessFile{"wchan", 0444, [](const Subject&) { return Result<std::string>("0"); }},
};
constexpr std::array<std::string_view, 3> kLinks{"cwd", "exe", "root"};
constexpr std::array<std::string_view, 3> kDirectories{"fd", "fdinfo", "ns"};

void own(Inode& inode, const ProcessFacts& facts) {
  inode.attributes.uid = facts.credentials.euid;
  inode.attributes.gid = facts.credentials.egid;
}

class TextNode final : public ProcFile {
 public:
  TextNode(const Subject& of, std::size_t index)
      : ProcFile(proc_inode(of.tid, 1 + index), kFiles.at(index).permissions), of_(of), index_(index) {}
  Result<Ref<File>> open(std::uint32_t flags) override {
    if (kFiles.at(index_).secret && !may_inspect(of_.pid)) return fail(Errno::eacces);
    return ProcFile::open(flags);
  }
  Result<std::string> text() override { return kFiles.at(index_).text(of_); }
  Result<void> store(std::string_view value) override {
    if (kFiles.at(index_).name != "comm") return fail(Errno::einval);
    if (value.ends_with('\n')) value.remove_suffix(1);
    return set_thread_name(of_.tid, value);
  }

 private:
  Subject of_;
  std::size_t index_;
};

// cwd, exe, root: lead to the object itself. Only for who could trace the process.
class ObjectLink final : public ProcLink {
 public:
  ObjectLink(std::int32_t pid, std::size_t index) : ProcLink(proc_inode(pid, 64 + index)), pid_(pid), index_(index) {}

  Result<std::string> read_link() override {
    TRY(check());
    Path path = TRY(target());
    return path_text(path, current_fs().root);
  }
  Result<bool> follow_magic(Path& to) override {
    TRY(check());
    to = TRY(target());
    return true;
  }

 private:
  Result<void> check() const { return may_inspect(pid_) ? Result<void>{} : fail(Errno::eacces); }
  Result<Path> target() const {
    if (kLinks.at(index_) == "exe") {
      Path program = process_executable(pid_);
      if (!program) return fail(Errno::enoent);
      return program;
    }
    FsContext* context = process_fs(pid_);
    if (context == nullptr) return fail(Errno::enoent);
    return kLinks.at(index_) == "cwd" ? context->cwd : context->root;
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
  ProcessDirectory(std::int32_t pid, std::int32_t tid, bool task, std::uint64_t start_ns)
      : ProcDirectory(proc_inode(tid, task ? 96 : 0)), pid_(pid), tid_(tid), task_(task), start_ns_(start_ns) {}

  [[nodiscard]] ProcessIdentity process() const { return {pid_, start_ns_}; }

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
    if (!each("mem", proc_inode(tid_, 90), kRegular, index++)) return {};
    if (!task_) each("task", proc_inode(pid_, 80), kDirectory, index);
    return {};
  }

 private:
  Ref<Inode> find(std::string_view name) {
    for (std::size_t i = 0; i < kFiles.size(); ++i)
      if (kFiles.at(i).name == name) return make_ref<TextNode>(Subject{.pid = pid_, .tid = tid_, .task = task_}, i);
    for (std::size_t i = 0; i < kLinks.size(); ++i)
      if (kLinks.at(i) == name) return make_ref<ObjectLink>(pid_, i);
    if (name == "mem") return proc_memory(pid_, tid_);
    if (name == "fd") return proc_descriptors(pid_, false);
    if (name == "fdinfo") return proc_descriptors(pid_, true);
    if (name == "ns") return proc_namespaces(pid_);
    if (name == "task" && !task_) return make_ref<TaskDirectory>(pid_);
    return nullptr;
  }

  std::int32_t pid_, tid_;
  bool task_;
  std::uint64_t start_ns_;
};

}  // namespace

std::optional<ProcessIdentity> process_of(const Inode& directory) {
  // Of all numbers in /proc only those of these directories are a whole multiple.
  const std::uint64_t number = directory.number();
  if (&directory.file_system() != &proc_file_system() || number <= proc_inode(0, 0) || proc_which(number) != 0)
    return std::nullopt;
  return static_cast<const ProcessDirectory&>(directory).process();
}

Ref<Inode> proc_process(std::int32_t pid, std::int32_t tid, bool task) {
  auto facts = process_facts(pid);
  if (!facts) return nullptr;
  Ref<Inode> made = make_ref<ProcessDirectory>(pid, tid, task, facts->start_ns);
  own(*made, *facts);
  return made;
}

}  // namespace tessera::lx
