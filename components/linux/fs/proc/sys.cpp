// SPDX-License-Identifier: Apache-2.0
// /sys: what programs read there about processors and memory. There are no devices
// of the container's own to show.
#include <array>

#include "components/linux/core/frames.hpp"
#include "components/linux/fs/proc/text_tree.hpp"

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
constexpr auto one = [] { return line_of(1); };
constexpr auto none = [] { return line_of(""); };

constexpr std::array kFiles{
    TextFile{"block", nullptr},
    TextFile{"bus", nullptr},
    TextFile{"class/block", nullptr},
    TextFile{"class/net", nullptr},
    TextFile{"class/tty", nullptr},
    TextFile{"devices/system/cpu/cpu0/topology/core_cpus", one},
    TextFile{"devices/system/cpu/cpu0/topology/core_cpus_list", zero},
    TextFile{"devices/system/cpu/cpu0/topology/core_id", zero},
    TextFile{"devices/system/cpu/cpu0/topology/core_siblings", one},
    TextFile{"devices/system/cpu/cpu0/topology/core_siblings_list", zero},
    TextFile{"devices/system/cpu/cpu0/topology/die_id", zero},
    TextFile{"devices/system/cpu/cpu0/topology/physical_package_id", zero},
    TextFile{"devices/system/cpu/cpu0/topology/thread_siblings", one},
    TextFile{"devices/system/cpu/cpu0/topology/thread_siblings_list", zero},
    TextFile{"devices/system/cpu/kernel_max", zero},
    TextFile{"devices/system/cpu/offline", none},
    TextFile{"devices/system/cpu/online", zero},
    TextFile{"devices/system/cpu/possible", zero},
    TextFile{"devices/system/cpu/present", zero},
    TextFile{"devices/system/node/has_cpu", zero},
    TextFile{"devices/system/node/has_memory", zero},
    TextFile{"devices/system/node/node0/cpulist", zero},
    TextFile{"devices/system/node/node0/cpumap", one},
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

}  // namespace

Ref<Inode> sys_root() {
  static auto* file_system = [] {
    auto* made = new SysFileSystem;
    made->retain();
    return made;
  }();
  static const TextTree tree{*file_system, kFiles, 2};
  static Ref<Inode>* root = new Ref<Inode>(make_ref<TextDirectory>(tree, 1U, ""));
  return *root;
}

}  // namespace tessera::lx
