// SPDX-License-Identifier: Apache-2.0
// The command line of `tessera run`, `debug` and `image`.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tools/image/host_files.hpp"
#include "tools/run/disk.hpp"
#include "tools/support/result.hpp"

namespace tessera::tools::run {

enum class Boot : std::uint8_t { pvh, bios, uefi };
enum class Arch : std::uint8_t { x86_64, aarch64 };

// In the environment: --cpus where a command line says nothing.
inline constexpr const char* kCpusVariable = "TESSERA_CPUS";

struct Options {
  std::optional<std::uint64_t> memory_bytes;  // none: by what is in the bundle
  std::uint64_t cpus = 1;
  std::uint64_t nodes = 1;
  std::string cpu_model = "max";
  Arch arch = Arch::x86_64;
  Boot boot = Boot::pvh;
  bool icount = false;
  bool gdb = false;
  std::uint16_t gdb_port = 1234;
  bool dry_run = false;
  bool explain = false;                   // ./tessera explain: say what the program asked for
  bool help = false;
  std::optional<double> timeout_seconds;
  std::string log;                        // file; "": nowhere
  std::string core;                       // directory for core files; "": none
  std::string signing_key;                // file; "": of the environment, or the build tree's
  std::string audit;                      // file for the audit's part of the log; "": no audit
  std::string system;                     // manifest; "": systems/shell.toml
  std::string view;                       // "": as in the manifest
  std::string console;                    // "": by what standard input is
  std::string component_memory;           // "": as in the manifest
  std::vector<std::string> environment;   // NAME=value
  std::vector<std::string> config;        // NAME=value, for a native main component
  std::vector<image::Addition> additions;
  std::vector<Disk> disks;
  std::optional<Disk> root_disk;          // the first of the machine's disks, with the root file system
  std::optional<bool> iommu;              // none: where there are disks
  bool persist = false;                   // what is changed there stays
  std::uint64_t root_disk_bytes = 0;      // of one that is made; 0: by what comes on it
  std::vector<std::string> packages;      // beside the manifest's
  std::string root;                       // directory or archive: the whole root; "": base and packages
  std::vector<std::string> command;       // behind --, or a program of the host with its arguments
  bool host_program = false;              // that is what it is
  std::string output;                     // image: the file to write
};

// Whether the machine has an IOMMU.
[[nodiscard]] inline bool has_iommu(const Options& options) { return options.iommu.value_or(!options.disks.empty()); }

// For `run` and `debug`.
[[nodiscard]] Result<Options> parse_run_options(std::span<const std::string> arguments);

// For `image`: the options that concern the contents, and the output file.
[[nodiscard]] Result<Options> parse_image_options(std::span<const std::string> arguments);

}  // namespace tessera::tools::run
