// SPDX-License-Identifier: Apache-2.0
// The command line of QEMU for a machine.
#include "tools/run/machine.hpp"

#include <stdlib.h>

#include <algorithm>
#include <string_view>

namespace tessera::tools::run {
namespace {

constexpr std::string_view kFirmware = "/usr/share/OVMF/OVMF_CODE_4M.fd";
constexpr std::string_view kFirmwareVariables = "/usr/share/OVMF/OVMF_VARS_4M.fd";

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
    case Boot::uefi:
      words.insert(words.end(), {"-drive", "if=pflash,format=raw,readonly=on,file=" + std::string(kFirmware),
                                 "-drive", "if=pflash,format=raw,snapshot=on,file=" + std::string(kFirmwareVariables)});
      [[fallthrough]];
    case Boot::bios:
      words.insert(words.end(), {"-cdrom", machine.iso});
      return;
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
  std::vector<std::string> words{chosen != nullptr && *chosen != '\0' ? chosen : "qemu-system-x86_64"};
  words.insert(words.end(), {"-M", "q35", "-accel", "tcg", "-cpu", options.cpu_model,
                             "-m", std::to_string(memory_of(options, machine) >> 20) + "M",
                             "-smp", std::to_string(options.cpus),
                             "-nodefaults", "-display", "none", "-no-reboot", "-no-user-config"});
  words.insert(words.end(), {"-chardev", character_device("log", machine.log), "-serial", "chardev:log",
                             "-chardev", character_device("link", machine.link),
                             "-device", "virtio-serial-pci,max_ports=2,disable-legacy=on",
                             "-device", "virtserialport,nr=1,chardev=link"});
  if (!machine.monitor.empty()) {
    words.insert(words.end(), {"-chardev", character_device("monitor", machine.monitor),
                               "-mon", "chardev=monitor,mode=readline"});
  }
  if (options.icount) words.insert(words.end(), {"-icount", "shift=0", "-rtc", "base=2026-01-01T00:00:00,clock=vm"});
  if (options.gdb) words.insert(words.end(), {"-S", "-gdb", "tcp:127.0.0.1:" + std::to_string(options.gdb_port)});
  add_boot(words, options, machine);
  return words;
}

}  // namespace tessera::tools::run
