// SPDX-License-Identifier: Apache-2.0
// The command line of QEMU for a machine.
#include "tools/run/machine.hpp"

#include <stdlib.h>

#include <algorithm>
#include <string_view>

namespace tessera::tools::run {
namespace {

struct Firmware {
  std::string_view code, variables;
};
constexpr Firmware kFirmware{"/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"};
constexpr Firmware kArmFirmware{"/usr/share/AAVMF/AAVMF_CODE.fd", "/usr/share/AAVMF/AAVMF_VARS.fd"};

// -chardev takes the kind first, then the id.
std::string character_device(const std::string& id, const std::string& description) {
  const std::size_t comma = std::min(description.find(','), description.size());
  return description.substr(0, comma) + ",id=" + id + description.substr(comma);
}

constexpr std::uint64_t kLeast = 256 << 20;

// What nobody asked for otherwise: enough for programs beside the bundle, which stays in memory.
std::uint64_t memory_of(const Options& options, const Machine& machine) {
  if (options.memory_bytes) return *options.memory_bytes;
  const std::uint64_t bundle = machine.bundle_bytes * 2;
  return kLeast + bundle / kLeast * kLeast;
}

void add_boot(std::vector<std::string>& words, const Options& options, const Machine& machine) {
  switch (options.boot) {
    case Boot::pvh:
      words.insert(words.end(), {"-kernel", machine.nucleus, "-initrd", machine.bundle});
      if (const std::string line = nucleus_command_line(options); !line.empty()) {
        words.insert(words.end(), {"-append", line});
      }
      return;
    case Boot::uefi: {
      const Firmware& firmware = options.arch == Arch::aarch64 ? kArmFirmware : kFirmware;
      words.insert(words.end(), {"-drive", "if=pflash,format=raw,readonly=on,file=" + std::string(firmware.code),
                                 "-drive", "if=pflash,format=raw,snapshot=on,file=" + std::string(firmware.variables)});
      break;
    }
    case Boot::bios: break;
  }
  // Firmware is to boot this one, whatever is on other disks.
  if (options.arch == Arch::aarch64) {
    words.insert(words.end(), {"-drive", "if=none,id=medium,format=raw,readonly=on,file=" + machine.medium,
                               "-device", "virtio-blk-pci,drive=medium,bootindex=0"});
  } else {
    words.insert(words.end(), {"-drive", "if=none,id=medium,media=cdrom,readonly=on,file=" + machine.medium,
                               "-device", "ide-cd,drive=medium,bootindex=0"});
  }
}

// Firmware tells of the machine by ACPI or by a device tree, never both.
std::string machine_kind(const Options& options) {
  if (options.arch == Arch::x86_64) return "q35";
  const std::string kind = options.boot == Boot::uefi ? "virt,gic-version=3,acpi=off" : "virt,gic-version=3";
  return has_iommu(options) ? kind + ",iommu=smmuv3" : kind;
}

// Neighbours are twice as far apart as a node is from itself, which is 10.
void add_nodes(std::vector<std::string>& words, const Options& options, std::uint64_t megabytes) {
  const std::uint64_t count = options.nodes;
  const auto part = [count](std::uint64_t of, std::uint64_t node) { return (of * node + count - 1) / count; };
  for (std::uint64_t node = 0; node < count; ++node) {
    const std::string number = std::to_string(node);
    const std::uint64_t first = part(options.cpus, node), end = part(options.cpus, node + 1);
    std::string text = "node,nodeid=" + number + ",memdev=node" + number;
    if (first < end) text += ",cpus=" + std::to_string(first) + "-" + std::to_string(end - 1);
    const std::uint64_t size = part(megabytes, node + 1) - part(megabytes, node);
    words.insert(words.end(), {"-object", "memory-backend-ram,id=node" + number + ",size=" + std::to_string(size) + "M",
                               "-numa", text});
  }
  for (std::uint64_t from = 0; from < count; ++from) {
    for (std::uint64_t to = from + 1; to < count; ++to) {
      words.insert(words.end(), {"-numa", "dist,src=" + std::to_string(from) + ",dst=" + std::to_string(to) +
                                              ",val=" + std::to_string(10 + 10 * (to - from))});
    }
  }
}

}  // namespace

Result<void> memory_suffices(const Options& options, const Machine& machine) {
  constexpr std::uint64_t kBeside = 8 << 20;
  const std::uint64_t least = machine.bundle_bytes + kBeside;
  if (memory_of(options, machine) >= least) return {};
  return fail("the root file system and the components alone take " + std::to_string(machine.bundle_bytes >> 20) +
              " MB: --memory " + std::to_string((least >> 20) + 64) + "M may do; without the option there is enough");
}

std::vector<std::string> qemu_command(const Options& options, const Machine& machine) {
  const char* chosen = ::getenv("TESSERA_QEMU");
  const bool arm = options.arch == Arch::aarch64;
  std::vector<std::string> words{chosen != nullptr && *chosen != '\0' ? chosen : arm ? "qemu-system-aarch64" : "qemu-system-x86_64"};
  words.insert(words.end(), {"-M", machine_kind(options), "-accel", "tcg", "-cpu", options.cpu_model,
                             "-m", std::to_string(memory_of(options, machine) >> 20) + "M",
                             "-smp", std::to_string(options.cpus),
                             "-nodefaults", "-display", "none", "-no-reboot", "-no-user-config"});
  // Devices that come before it on the command line are not behind it.
  if (has_iommu(options) && !arm) words.insert(words.end(), {"-device", "intel-iommu,intremap=on"});
  const std::string serial = "virtio-serial-pci,max_ports=2,disable-legacy=on" + behind_iommu(has_iommu(options));
  words.insert(words.end(), {"-chardev", character_device("log", machine.log), "-serial", "chardev:log",
                             "-chardev", character_device("link", machine.link),
                             "-device", serial, "-device", "virtserialport,nr=1,chardev=link"});
  if (!machine.control.empty()) {
    words.insert(words.end(), {"-chardev", character_device("control", machine.control),
                               "-device", serial, "-device", "virtserialport,nr=1,chardev=control"});
  }
  if (!machine.monitor.empty()) {
    words.insert(words.end(), {"-chardev", character_device("monitor", machine.monitor),
                               "-mon", "chardev=monitor,mode=readline"});
  }
  // It goes on then, to its own last word.
  if (!machine.events.empty()) {
    words.insert(words.end(), {"-chardev", character_device("events", machine.events), "-mon", "chardev=events,mode=control",
                               "-device", "pvpanic-pci", "-action", "panic=none"});
  }
  if (options.icount) words.insert(words.end(), {"-icount", "shift=0", "-rtc", "base=2026-01-01T00:00:00,clock=vm"});
  if (options.gdb) words.insert(words.end(), {"-S", "-gdb", "tcp:127.0.0.1:" + std::to_string(options.gdb_port)});
  if (options.nodes > 1) add_nodes(words, options, memory_of(options, machine) >> 20);
  std::size_t number = 0;
  for (const Disk& disk : options.disks) {
    const auto more = disk_words(disk, number++, has_iommu(options));
    words.insert(words.end(), more.begin(), more.end());
  }
  add_boot(words, options, machine);
  return words;
}

}  // namespace tessera::tools::run
