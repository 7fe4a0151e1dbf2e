// SPDX-License-Identifier: Apache-2.0
// /sys: what programs read there about processors and memory. There are no devices
// of the container's own to show.
#include <array>
#include <deque>
#include <string>
#include <vector>

#include "components/linux/core/frames.hpp"
#include "components/linux/core/log.hpp"
#include "components/linux/fs/proc/text_tree.hpp"
#include "components/linux/process/contract.hpp"

namespace tessera::lx {
namespace {

class SysFileSystem final : public FileSystem {
 public:
  SysFileSystem() : FileSystem("sysfs", 0x62656572) {}
};

std::string node_memory_text() {
  const FrameCounts counts = frame_counts();
  constexpr std::uint64_t kKilobytes = kPageBytes / 1024;
  Text text;
  (text << "Node 0 MemTotal: ").right(counts.total * kKilobytes, 14) << " kB\n";
  (text << "Node 0 MemFree:  ").right(counts.free * kKilobytes, 14) << " kB\n";
  (text << "Node 0 MemUsed:  ").right((counts.total - counts.free) * kKilobytes, 14) << " kB\n";
  return text.take();
}

constexpr auto zero = [] { return line_of(0); };
constexpr auto online_list = [] { return line_of(list_text(online_processors())); };
constexpr auto online_mask = [] { return line_of(mask_text(online_processors())); };
constexpr auto none = [] { return line_of(""); };

constexpr std::array kFiles{
    TextFile{"block", nullptr},
    TextFile{"bus", nullptr},
    TextFile{"class/block", nullptr},
    TextFile{"class/net", nullptr},
    TextFile{"class/tty", nullptr},
    TextFile{"devices/system/cpu/kernel_max", [] { return line_of(kMostProcessors - 1); }},
    TextFile{"devices/system/cpu/offline", none},
    TextFile{"devices/system/cpu/online", online_list},
    TextFile{"devices/system/cpu/possible", online_list},
    TextFile{"devices/system/cpu/present", online_list},
    TextFile{"devices/system/node/has_cpu", zero},
    TextFile{"devices/system/node/has_memory", zero},
    TextFile{"devices/system/node/node0/cpulist", online_list},
    TextFile{"devices/system/node/node0/cpumap", online_mask},
    TextFile{"devices/system/node/node0/distance", [] { return line_of(10); }},
    TextFile{"devices/system/node/node0/meminfo", node_memory_text},
    TextFile{"devices/system/node/online", zero},
    TextFile{"devices/system/node/possible", zero},
    TextFile{"fs/cgroup", nullptr},
    TextFile{"kernel/mm/transparent_hugepage/defrag", [] { return line_of("always defer defer+madvise madvise [never]"); }},
    TextFile{"kernel/mm/transparent_hugepage/enabled", [] { return line_of("always madvise [never]"); }},
    TextFile{"kernel/mm/transparent_hugepage/hpage_pmd_size", [] { return line_of(2 << 20); }},
    TextFile{"kernel/mm/transparent_hugepage/shmem_enabled",
             [] { return line_of("always within_size advise [never] deny force"); }},
};

// Of cpuN/topology: one package whose cores are single-threaded.
constexpr std::array kTopology{
    TextFile{.path = "core_cpus", .text = nullptr, .text_of = [](unsigned number) { return line_of(mask_text(just(number))); }},
    TextFile{.path = "core_cpus_list", .text = nullptr, .text_of = [](unsigned number) { return line_of(number); }},
    TextFile{.path = "core_id", .text = nullptr, .text_of = [](unsigned number) { return line_of(number); }},
    TextFile{.path = "core_siblings", .text = nullptr, .text_of = [](unsigned) { return online_mask(); }},
    TextFile{.path = "core_siblings_list", .text = nullptr, .text_of = [](unsigned) { return online_list(); }},
    TextFile{.path = "die_id", .text = nullptr, .text_of = [](unsigned) { return zero(); }},
    TextFile{.path = "physical_package_id", .text = nullptr, .text_of = [](unsigned) { return zero(); }},
    TextFile{.path = "thread_siblings", .text = nullptr, .text_of = [](unsigned number) { return line_of(mask_text(just(number))); }},
    TextFile{.path = "thread_siblings_list", .text = nullptr, .text_of = [](unsigned number) { return line_of(number); }},
};

// kFiles with a folder for each processor, where its name belongs in the order.
std::vector<TextFile> all_files() {
  constexpr std::string_view kProcessors = "devices/system/cpu/";
  std::vector<TextFile> files;
  for (const TextFile& file : kFiles) {
    if (file.path == "devices/system/cpu/kernel_max") {
      for_each_processor(online_processors(), [&](unsigned number) {
        for (TextFile one : kTopology) {
          static std::deque<std::string> paths;
          paths.push_back(std::string(kProcessors) + "cpu" + decimal(number) + "/topology/" + std::string(one.path));
          one.path = paths.back();
          one.number = number;
          files.push_back(one);
        }
      });
    }
    files.push_back(file);
  }
  return files;
}

}  // namespace

Ref<Inode> sys_root() {
  static const auto* files = new std::vector<TextFile>(all_files());
  static auto* file_system = [] {
    auto* made = new SysFileSystem;
    made->retain();
    return made;
  }();
  static const TextTree tree{*file_system, *files, 2};
  static Ref<Inode>* root = new Ref<Inode>(make_ref<TextDirectory>(tree, 1U, ""));
  return *root;
}

}  // namespace tessera::lx
