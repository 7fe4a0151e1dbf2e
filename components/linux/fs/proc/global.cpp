// SPDX-License-Identifier: Apache-2.0
// /proc: its root directory and the files that are about the whole system.
#include <algorithm>
#include <array>

#include "components/linux/core/frames.hpp"
#include "components/linux/core/random.hpp"
#include "components/linux/fs/disk/disks.hpp"
#include "components/linux/fs/proc/proc.hpp"
#include "components/linux/fs/proc/text_tree.hpp"
#include "components/linux/fs/text.hpp"
#include "components/linux/fs/tmpfs.hpp"
#include "components/linux/ipc/limits.hpp"
#include "components/linux/process/contract.hpp"

namespace tessera::lx {
namespace {

constexpr std::uint64_t kTickNs = 10'000'000;  // USER_HZ 100
constexpr std::uint64_t kNsPerSecond = 1'000'000'000;

// Slab is the personality's heap. What of it is free for other objects counts as reclaimable, though it never becomes
// frames again.
std::string memory_text() {
  constexpr std::uint64_t kKilobyte = 1024, kPageKilobytes = kPageBytes / kKilobyte;
  const FrameCounts frames = frame_counts();
  const HeapFacts heap = heap_facts();
  const std::uint64_t total = frames.total * kPageKilobytes, free = frames.free * kPageKilobytes;
  const std::uint64_t shared = tmpfs_pages() * kPageKilobytes;
  const std::uint64_t slab = std::min(heap.bytes / kKilobyte, total - free), reclaimable = heap.free / kKilobyte;
  const std::uint64_t used = total - free - slab;
  Text text;
  auto line = [&](std::string_view name, std::uint64_t kilobytes) {
    (text << name << ':').right(kilobytes, 15 - name.size() + 8) << " kB\n";
  };
  line("MemTotal", total);
  line("MemFree", free);
  line("MemAvailable", free);
  line("Buffers", 0);
  line("Cached", shared);
  line("SwapCached", 0);
  line("Active", used);
  line("Inactive", 0);
  line("SwapTotal", 0);
  line("SwapFree", 0);
  line("Dirty", 0);
  line("Writeback", 0);
  line("AnonPages", used - std::min(shared, used));
  line("Mapped", 0);
  line("Shmem", shared);
  line("Slab", slab);
  line("SReclaimable", reclaimable);
  line("SUnreclaim", slab - std::min(reclaimable, slab));
  return text.take();
}

std::string stat_text() {
  LoadFacts load = load_facts();
  Text text;
  const std::vector<ProcessorFacts> processors = processor_facts();
  auto times = [&](const ProcessorFacts& facts) {
    text << ' ' << facts.user_ns / kTickNs << " 0 " << facts.system_ns / kTickNs << ' ' << facts.idle_ns / kTickNs
         << " 0 0 0 0 0 0\n";
  };
  ProcessorFacts sum;
  for (const ProcessorFacts& one : processors) {
    sum.user_ns += one.user_ns;
    sum.system_ns += one.system_ns;
    sum.idle_ns += one.idle_ns;
  }
  text << "cpu ";
  times(sum);
  for (const ProcessorFacts& one : processors) {
    text << "cpu" << one.number;
    times(one);
  }
  text << "intr 0\nctxt " << load.switches << "\nbtime " << (realtime_ns() - monotonic_ns()) / kNsPerSecond << "\nprocesses " << load.forks
       << "\nprocs_running " << load.running << "\nprocs_blocked " << load.blocked << "\nsoftirq 0 0 0 0 0 0 0 0 0 0 0\n";
  return text.take();
}

std::string uptime_text() {
  Text text;
  text.hundredths(monotonic_ns() / kTickNs) << ' ';
  std::uint64_t idle_ns = 0;
  for (const ProcessorFacts& one : processor_facts()) idle_ns += one.idle_ns;
  text.hundredths(idle_ns / kTickNs) << '\n';
  return text.take();
}

std::string vm_text() {
  const FrameCounts counts = frame_counts();
  Text text;
  text << "nr_free_pages " << counts.free << "\nnr_shmem " << tmpfs_pages() << "\npswpin 0\npswpout 0\n";
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

constexpr std::array kFiles{
    TextFile{"buddyinfo", [] { return std::string(); }},
    TextFile{"cgroups", [] { return std::string("#subsys_name\thierarchy\tnum_cgroups\tenabled\n"); }},
    TextFile{"cmdline", [] { return line_of(""); }},
    TextFile{"consoles", [] { return std::string("tty0                 -W- (EC    )    5:1\n"); }},
    TextFile{"cpuinfo", cpu_text},
    TextFile{"devices",
               [] {
                 return std::string("Character devices:\n  1 mem\n  5 /dev/tty\n  5 /dev/console\n  5 /dev/ptmx\n"
                                    "136 pts\n229 hvc\n\nBlock devices:\n");
               }},
    TextFile{"diskstats", [] { return std::string(); }},
    TextFile{"filesystems",
               [] { return std::string("nodev\tsysfs\nnodev\ttmpfs\nnodev\tproc\nnodev\tdevtmpfs\nnodev\tdevpts\nnodev\tramfs\n\text3\n\text2\n\text4\n\tvfat\n\tmsdos\n"); }},
    TextFile{"interrupts", [] { return std::string("           CPU0\n"); }},
    TextFile{"loadavg", load_text},
    TextFile{"meminfo", memory_text},
    TextFile{"modules", [] { return std::string(); }},
    TextFile{"net/unix", unix_sockets_text},
    TextFile{"partitions", partitions_text},
    TextFile{"stat", stat_text},
    TextFile{"swaps", [] { return std::string("Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"); }},
    TextFile{"uptime", uptime_text},
    TextFile{"version", version_text},
    TextFile{"vmstat", vm_text},
    TextFile{"sys/fs/aio-max-nr", [] { return line_of(65536); }},
    TextFile{"sys/fs/file-max", [] { return line_of("1048576"); }},
    TextFile{"sys/fs/inotify/max_queued_events", [] { return line_of(16384); }},
    TextFile{"sys/fs/inotify/max_user_instances", [] { return line_of(128); }},
    TextFile{"sys/fs/mqueue/msg_default", [] { return line_of(kPosixMessages); }},
    TextFile{"sys/fs/mqueue/msg_max", [] { return line_of(kPosixMessages); }},
    TextFile{"sys/fs/mqueue/msgsize_default", [] { return line_of(kPosixMessageBytes); }},
    TextFile{"sys/fs/mqueue/msgsize_max", [] { return line_of(kPosixMessageBytes); }},
    TextFile{"sys/fs/mqueue/queues_max", [] { return line_of(kMostPosixQueues); }},
    TextFile{"sys/fs/nr_open", [] { return line_of(most_descriptors()); }},
    TextFile{"sys/fs/pipe-max-size", [] { return line_of("1048576"); }},
    TextFile{"sys/fs/protected_hardlinks", [] { return line_of(0); }},
    TextFile{"sys/fs/protected_symlinks", [] { return line_of(0); }},
    TextFile{"sys/fs/suid_dumpable", [] { return line_of(0); }},
    TextFile{"sys/kernel/cap_last_cap", [] { return line_of(40); }},
    TextFile{"sys/kernel/core_pattern", [] { return line_of("core"); }},
    TextFile{"sys/kernel/core_uses_pid", [] { return line_of(0); }},
    TextFile{"sys/kernel/domainname", [] { return line_of("(none)"); }},
    TextFile{"sys/kernel/hostname", [] { return line_of(host_name()); }, store_host_name},
    TextFile{"sys/kernel/msgmax", [] { return line_of(kMostMessageBytes); }},
    TextFile{"sys/kernel/msgmnb", [] { return line_of(kMostMessageQueueBytes); }},
    TextFile{"sys/kernel/msgmni", [] { return line_of(kMostMessageQueues); }},
    TextFile{"sys/kernel/ngroups_max", [] { return line_of("65536"); }},
    TextFile{"sys/kernel/osrelease", [] { return line_of(kernel_release()); }},
    TextFile{"sys/kernel/ostype", [] { return line_of("Linux"); }},
    TextFile{"sys/kernel/overflowgid", [] { return line_of(65534); }},
    TextFile{"sys/kernel/overflowuid", [] { return line_of(65534); }},
    TextFile{"sys/kernel/perf_event_paranoid", [] { return line_of(3); }},
    TextFile{"sys/kernel/pid_max", [] { return line_of("32768"); }},
    TextFile{"sys/kernel/random/boot_id", boot_uuid},
    TextFile{"sys/kernel/random/entropy_avail", [] { return line_of("256"); }},
    TextFile{"sys/kernel/random/uuid", fresh_uuid},
    TextFile{"sys/kernel/randomize_va_space", [] { return line_of(2); }},
    TextFile{"sys/kernel/seccomp/actions_avail", [] { return line_of("kill_process kill_thread trap errno log allow"); }},
    TextFile{"sys/kernel/sem", semaphore_limits},
    TextFile{"sys/kernel/shmall", [] { return line_of(frame_counts().total); }},
    TextFile{"sys/kernel/shmmax", [] { return line_of(kMostSegmentBytes); }},
    TextFile{"sys/kernel/shmmni", [] { return line_of(kMostSegments); }},
    TextFile{"sys/kernel/tainted", [] { return line_of(0); }},
    TextFile{"sys/kernel/threads-max", [] { return line_of(most_tasks()); }},
    TextFile{"sys/kernel/version", [] { return line_of(kernel_version()); }},
    TextFile{"sys/vm/max_map_count", [] { return line_of(65530); }},
    TextFile{"sys/vm/mmap_min_addr", [] { return line_of(65536); }},
    TextFile{"sys/vm/nr_hugepages", [] { return line_of(0); }},
    TextFile{"sys/vm/overcommit_memory", [] { return line_of(0); }},
    TextFile{"sys/vm/overcommit_ratio", [] { return line_of(50); }},
    TextFile{"sys/vm/swappiness", [] { return line_of(60); }},
    TextFile{"sysvipc/msg", sysv_messages_text},
    TextFile{"sysvipc/sem", sysv_semaphores_text},
    TextFile{"sysvipc/shm", sysv_memory_text},
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

// The table's first level, links, and a directory for each process.
class Root final : public TextDirectory {
 public:
  explicit Root(const TextTree& tree) : TextDirectory(tree, 1, "") {}

  Result<Ref<Inode>> lookup(std::string_view name) override {
    for (std::size_t i = 0; i < kLinks.size(); ++i)
      if (kLinks.at(i).name == name) return Ref<Inode>(make_ref<TextLink>(2 + i, kLinks.at(i).target));
    if (std::int32_t pid = parse_id(name); pid > 0) {
      // A thread's number is found too, though never listed.
      const auto thread = thread_facts(pid);
      Ref<Inode> process = proc_process(thread ? thread->pid : pid, pid, false);
      if (!process) return fail(Errno::enoent);
      return process;
    }
    return TextDirectory::lookup(name);
  }

  Result<void> read_directory(std::uint64_t& position, DirectorySink& sink) override {
    constexpr std::uint64_t kFirstLink = 0x1000, kFirstProcess = 0x2000;
    if (position < kFirstLink) {
      std::uint64_t within = position;
      TRY(TextDirectory::read_directory(within, sink));
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
  static const TextTree tree{proc_file_system(), kFiles, kProcGlobalInodes};
  static Ref<Inode>* root = new Ref<Inode>(make_ref<Root>(tree));
  return *root;
}

}  // namespace tessera::lx
