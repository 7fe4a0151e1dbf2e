// SPDX-License-Identifier: Apache-2.0
// /proc: its root directory and the files that are about the whole system.
#include <algorithm>
#include <array>

#include "components/linux/core/frames.hpp"
#include "components/linux/core/random.hpp"
#include "components/linux/fs/proc/proc.hpp"
#include "components/linux/fs/text.hpp"
#include "components/linux/fs/tmpfs.hpp"
#include "components/linux/ipc/limits.hpp"
#include "components/linux/process/contract.hpp"

namespace tessera::lx {
namespace {

constexpr std::uint64_t kTickNs = 10'000'000;  // USER_HZ 100
constexpr std::uint64_t kNsPerSecond = 1'000'000'000;

std::string memory_text() {
  FrameCounts counts = frame_counts();
  std::uint64_t kilobytes = kPageBytes / 1024;
  std::uint64_t shared = tmpfs_pages();
  Text text;
  auto line = [&](std::string_view name, std::uint64_t pages) {
    (text << name << ':').right(pages * kilobytes, 15 - name.size() + 8) << " kB\n";
  };
  line("MemTotal", counts.total);
  line("MemFree", counts.free);
  line("MemAvailable", counts.free);
  line("Buffers", 0);
  line("Cached", shared);
  line("SwapCached", 0);
  line("Active", counts.total - counts.free);
  line("Inactive", 0);
  line("SwapTotal", 0);
  line("SwapFree", 0);
  line("Dirty", 0);
  line("Writeback", 0);
  line("AnonPages", counts.total - counts.free - std::min(shared, counts.total - counts.free));
  line("Mapped", 0);
  line("Shmem", shared);
  line("Slab", 0);
  line("SReclaimable", 0);
  line("SUnreclaim", 0);
  return text.take();
}

std::string stat_text() {
  LoadFacts load = load_facts();
  Text text;
  auto cpu = [&](std::string_view name) {
    text << name << ' ' << load.user_ns / kTickNs << " 0 " << load.system_ns / kTickNs << ' '
         << load.idle_ns / kTickNs << " 0 0 0 0 0 0\n";
  };
  cpu("cpu ");
  cpu("cpu0");
  text << "intr 0\nctxt " << load.switches << "\nbtime " << (realtime_ns() - monotonic_ns()) / kNsPerSecond << "\nprocesses " << load.forks
       << "\nprocs_running " << load.running << "\nprocs_blocked " << load.blocked << "\nsoftirq 0 0 0 0 0 0 0 0 0 0 0\n";
  return text.take();
}

std::string uptime_text() {
  Text text;
  text.hundredths(monotonic_ns() / kTickNs) << ' ';
  text.hundredths(load_facts().idle_ns / kTickNs) << '\n';
  return text.take();
}

std::string load_text() {
  LoadFacts load = load_facts();
  Text text;
  for (std::uint32_t average : load.load_hundredths) text.hundredths(average) << ' ';
  text << load.running << '/' << load.threads << ' ' << load.last_pid << '\n';
  return text.take();
}

std::string version_text() {
  Text text;
  text << "Linux version " << kernel_release() << " (tessera@tessera) (clang) " << kernel_version() << '\n';
  return text.take();
}

std::string line_of(std::string_view value) {
  Text text;
  text << value << '\n';
  return text.take();
}

std::string line_of(std::uint64_t value) {
  Text text;
  text << value << '\n';
  return text.take();
}

std::string uuid_text(std::array<std::byte, 16> bytes) {
  // Version 4, variant 1 (RFC 4122).
  bytes[6] = (bytes[6] & std::byte{0x0f}) | std::byte{0x40};
  bytes[8] = (bytes[8] & std::byte{0x3f}) | std::byte{0x80};
  Text text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text << '-';
    text.hex(std::to_integer<std::uint64_t>(bytes[i]), 2);
  }
  text << '\n';
  return text.take();
}

std::string fresh_uuid() {
  std::array<std::byte, 16> bytes{};
  random_bytes(bytes);
  return uuid_text(bytes);
}
std::string boot_uuid() {
  static std::array<std::byte, 16> bytes{};
  static bool made = false;
  if (!made) random_bytes(bytes);
  made = true;
  return uuid_text(bytes);
}

Result<void> store_host_name(std::string_view name) {
  if (name.ends_with('\n')) name.remove_suffix(1);
  if (current_credentials().euid != 0) return fail(Errno::eperm);
  if (name.size() > 64) return fail(Errno::einval);
  set_host_name(name);
  return {};
}

std::string semaphore_limits() {
  Text text;
  text << kMostInSemaphoreSet << '\t' << kMostSemaphores << '\t' << kMostSemaphoreOperations << '\t' << kMostSemaphoreSets
       << '\n';
  return text.take();
}

struct GlobalFile {
  std::string_view path;
  std::string (*text)();
  Result<void> (*store)(std::string_view) = nullptr;
};

constexpr std::array kFiles{
    GlobalFile{"cmdline", [] { return line_of(""); }},
    GlobalFile{"cpuinfo", cpu_text},
    GlobalFile{"devices",
               [] {
                 return std::string("Character devices:\n  1 mem\n  5 /dev/tty\n  5 /dev/console\n  5 /dev/ptmx\n"
                                    "136 pts\n229 hvc\n\nBlock devices:\n");
               }},
    GlobalFile{"filesystems",
               [] { return std::string("nodev\ttmpfs\nnodev\tproc\nnodev\tdevtmpfs\nnodev\tdevpts\nnodev\tramfs\n"); }},
    GlobalFile{"loadavg", load_text},
    GlobalFile{"meminfo", memory_text},
    GlobalFile{"partitions", [] { return std::string("major minor  #blocks  name\n\n"); }},
    GlobalFile{"stat", stat_text},
    GlobalFile{"swaps", [] { return std::string("Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"); }},
    GlobalFile{"uptime", uptime_text},
    GlobalFile{"version", version_text},
    GlobalFile{"sys/fs/file-max", [] { return line_of("1048576"); }},
    GlobalFile{"sys/fs/inotify/max_queued_events", [] { return line_of(16384); }},
    GlobalFile{"sys/fs/inotify/max_user_instances", [] { return line_of(128); }},
    GlobalFile{"sys/fs/mqueue/msg_default", [] { return line_of(kPosixMessages); }},
    GlobalFile{"sys/fs/mqueue/msg_max", [] { return line_of(kPosixMessages); }},
    GlobalFile{"sys/fs/mqueue/msgsize_default", [] { return line_of(kPosixMessageBytes); }},
    GlobalFile{"sys/fs/mqueue/msgsize_max", [] { return line_of(kPosixMessageBytes); }},
    GlobalFile{"sys/fs/mqueue/queues_max", [] { return line_of(kMostPosixQueues); }},
    GlobalFile{"sys/fs/nr_open", [] { return line_of(most_descriptors()); }},
    GlobalFile{"sys/fs/pipe-max-size", [] { return line_of("1048576"); }},
    GlobalFile{"sys/kernel/hostname", [] { return line_of(host_name()); }, store_host_name},
    GlobalFile{"sys/kernel/msgmax", [] { return line_of(kMostMessageBytes); }},
    GlobalFile{"sys/kernel/msgmnb", [] { return line_of(kMostMessageQueueBytes); }},
    GlobalFile{"sys/kernel/msgmni", [] { return line_of(kMostMessageQueues); }},
    GlobalFile{"sys/kernel/ngroups_max", [] { return line_of("65536"); }},
    GlobalFile{"sys/kernel/osrelease", [] { return line_of(kernel_release()); }},
    GlobalFile{"sys/kernel/ostype", [] { return line_of("Linux"); }},
    GlobalFile{"sys/kernel/pid_max", [] { return line_of("32768"); }},
    GlobalFile{"sys/kernel/random/boot_id", boot_uuid},
    GlobalFile{"sys/kernel/random/entropy_avail", [] { return line_of("256"); }},
    GlobalFile{"sys/kernel/random/uuid", fresh_uuid},
    GlobalFile{"sys/kernel/sem", semaphore_limits},
    GlobalFile{"sys/kernel/shmall", [] { return line_of(frame_counts().total); }},
    GlobalFile{"sys/kernel/shmmax", [] { return line_of(kMostSegmentBytes); }},
    GlobalFile{"sys/kernel/shmmni", [] { return line_of(kMostSegments); }},
    GlobalFile{"sys/kernel/threads-max", [] { return line_of(most_tasks()); }},
    GlobalFile{"sys/kernel/version", [] { return line_of(kernel_version()); }},
    GlobalFile{"sys/vm/overcommit_memory", [] { return line_of("1"); }},
    GlobalFile{"sysvipc/msg", sysv_messages_text},
    GlobalFile{"sysvipc/sem", sysv_semaphores_text},
    GlobalFile{"sysvipc/shm", sysv_memory_text},
};

class GlobalNode final : public ProcFile {
 public:
  explicit GlobalNode(std::size_t index)
      : ProcFile(kProcGlobalInodes + index, kFiles.at(index).store != nullptr ? 0644 : 0444), index_(index) {}
  Result<std::string> text() override { return kFiles.at(index_).text(); }
  Result<void> store(std::string_view value) override {
    auto* store = kFiles.at(index_).store;
    return store != nullptr ? store(value) : fail(Errno::einval);
  }

 private:
  std::size_t index_;
};

class TextLink final : public ProcLink {
 public:
  TextLink(std::uint64_t number, std::string (*target)()) : ProcLink(number), target_(target) {}
  Result<std::string> read_link() override { return target_(); }

 private:
  std::string (*target_)();
};

struct GlobalLink {
  std::string_view name;
  std::string (*target)();
};
constexpr std::array kLinks{
    GlobalLink{"mounts", [] { return std::string("self/mounts"); }},
    GlobalLink{"self",
               [] {
                 Text text;
                 text << current_pid();
                 return text.take();
               }},
    GlobalLink{"thread-self",
               [] {
                 Text text;
                 text << current_pid() << "/task/" << current_tid();
                 return text.take();
               }},
};

// A directory of the table: what its paths have behind this prefix.
class GlobalDirectory : public ProcDirectory {
 public:
  GlobalDirectory(std::uint64_t number, std::string prefix) : ProcDirectory(number), prefix_(std::move(prefix)) {}

  Result<Ref<Inode>> lookup(std::string_view name) override {
    for (std::size_t i = 0; i < kFiles.size(); ++i) {
      std::string_view rest = behind_prefix(i);
      if (!rest.starts_with(name)) continue;
      if (rest.size() == name.size()) return Ref<Inode>(make_ref<GlobalNode>(i));
      if (rest[name.size()] != '/') continue;
      std::string deeper = prefix_;
      deeper.append(name);
      deeper.push_back('/');
      return Ref<Inode>(make_ref<GlobalDirectory>(directory_number(i, deeper.size()), deeper));
    }
    return fail(Errno::enoent);
  }

  Result<void> read_directory(std::uint64_t& position, DirectorySink& sink) override {
    for (std::size_t i = position - kFirstDirectoryPosition; i < kFiles.size(); ++i) {
      std::string_view rest = behind_prefix(i);
      std::size_t slash = rest.find('/');
      std::string_view name = rest.substr(0, slash);
      bool first = i == 0 || behind_prefix(i - 1).substr(0, name.size() + (slash == rest.npos ? 0 : 1)) !=
                                 rest.substr(0, slash == rest.npos ? slash : slash + 1);
      std::uint64_t next = i + 1 + kFirstDirectoryPosition;
      if (!name.empty() && first) {
        bool file = slash == std::string_view::npos;
        std::uint64_t number =
            file ? kProcGlobalInodes + i : directory_number(i, prefix_.size() + name.size() + 1);
        if (!sink.add({name, number, file ? kRegular : kDirectory, next})) return {};
      }
      position = next;
    }
    return {};
  }

 private:
  [[nodiscard]] std::string_view behind_prefix(std::size_t index) const {
    std::string_view path = kFiles.at(index).path;
    return path.starts_with(prefix_) ? path.substr(prefix_.size()) : std::string_view{};
  }
  static std::uint64_t directory_number(std::size_t first_file, std::size_t depth) {
    return kProcGlobalInodes + 0x1000 + first_file * 64 + depth;
  }

  std::string prefix_;
};

// The table's first level, links, and a directory for each process.
class Root final : public GlobalDirectory {
 public:
  Root() : GlobalDirectory(1, "") {}

  Result<Ref<Inode>> lookup(std::string_view name) override {
    for (std::size_t i = 0; i < kLinks.size(); ++i)
      if (kLinks.at(i).name == name) return Ref<Inode>(make_ref<TextLink>(2 + i, kLinks.at(i).target));
    if (std::int32_t pid = parse_id(name); pid > 0) {
      Ref<Inode> process = proc_process(pid, pid, false);
      if (!process) return fail(Errno::enoent);
      return process;
    }
    return GlobalDirectory::lookup(name);
  }

  Result<void> read_directory(std::uint64_t& position, DirectorySink& sink) override {
    constexpr std::uint64_t kFirstLink = 0x1000, kFirstProcess = 0x2000;
    if (position < kFirstLink) {
      std::uint64_t within = position;
      TRY(GlobalDirectory::read_directory(within, sink));
      if (within < kFiles.size() + kFirstDirectoryPosition) {
        position = within;
        return {};
      }
      position = kFirstLink;
    }
    for (; position < kFirstLink + kLinks.size(); ++position) {
      std::size_t i = position - kFirstLink;
      if (!sink.add({kLinks.at(i).name, 2 + i, kSymlink, position + 1})) return {};
    }
    std::vector<std::int32_t> ids = process_ids();
    std::ranges::sort(ids, [](std::int32_t a, std::int32_t b) { return a < b; });  // int's own is in libc++
    for (std::int32_t pid : ids) {
      std::uint64_t own = kFirstProcess + static_cast<std::uint64_t>(pid);
      if (own < position) continue;
      Text name;
      name << pid;
      if (!sink.add({name.view(), proc_inode(pid, 0), kDirectory, own + 1})) return {};
      position = own + 1;
    }
    return {};
  }
};

}  // namespace

Ref<Inode> proc_global_directory() {
  static Ref<Inode>* root = new Ref<Inode>(make_ref<Root>());
  return *root;
}

}  // namespace tessera::lx
