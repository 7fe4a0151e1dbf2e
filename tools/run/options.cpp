// SPDX-License-Identifier: Apache-2.0
// The command line of `tessera run`, `debug` and `image`.
#include "tools/run/options.hpp"

#include <stdlib.h>

#include <array>
#include <cctype>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "tools/support/size.hpp"
#include "tools/support/suggest.hpp"
#include "tools/support/words.hpp"

namespace tessera::tools::run {
namespace {

using Apply = Result<void> (*)(Options&, const std::string&);

struct Option {
  std::string_view name;
  bool takes_value;
  bool for_image;
  Apply apply;
};

Result<void> set_memory(Options& options, const std::string& text) {
  const auto bytes = parse_size(text);
  constexpr std::uint64_t kMegabyte = 1 << 20;
  if (!bytes || *bytes < 16 * kMegabyte || *bytes % kMegabyte != 0) {
    return fail("--memory takes a size of at least 16M in whole megabytes, such as 256M or 1G; '" + text + "' is not");
  }
  options.memory_bytes = *bytes;
  return {};
}

Result<void> set_cpus(Options& options, const std::string& text) {
  const auto number = parse_number(text);
  if (!number || *number < 1 || *number > 64) return fail("--cpus takes a number from 1 to 64; '" + text + "' is not");
  options.cpus = *number;
  return {};
}

Result<void> set_nodes(Options& options, const std::string& text) {
  const auto number = parse_number(text);
  if (!number || *number < 1 || *number > 16) return fail("--numa takes a number of nodes from 1 to 16; '" + text + "' is not");
  options.nodes = *number;
  return {};
}

Result<void> set_timeout(Options& options, const std::string& text) {
  // strtod, because the libc++ of the distribution has no from_chars for fractions.
  char* end = nullptr;
  const double seconds = ::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0' || !(seconds > 0) || seconds > 1e7) {
    return fail("--timeout takes seconds, such as 10 or 0.5; '" + text + "' is not");
  }
  options.timeout_seconds = seconds;
  return {};
}

Result<void> set_arch(Options& options, const std::string& text) {
  if (text != "x86_64" && text != "aarch64") return fail("--arch takes x86_64 or aarch64; '" + text + "' is neither");
  options.arch = text == "aarch64" ? Arch::aarch64 : Arch::x86_64;
  return {};
}

Result<void> set_boot(Options& options, const std::string& text) {
  if (text == "pvh") {
    options.boot = Boot::pvh;
  } else if (text == "bios") {
    options.boot = Boot::bios;
  } else if (text == "uefi") {
    options.boot = Boot::uefi;
  } else {
    return fail("--boot takes pvh, bios or uefi; '" + text + "' is none of them");
  }
  return {};
}

Result<void> set_view(Options& options, const std::string& text) {
  if (text != "protected" && text != "shared") return fail("--view takes protected or shared; '" + text + "' is neither");
  options.view = text;
  return {};
}

Result<void> set_console(Options& options, const std::string& text) {
  if (text != "tty" && text != "stream") return fail("--console takes tty or stream; '" + text + "' is neither");
  options.console = text;
  return {};
}

Result<void> set_gdb_port(Options& options, const std::string& text) {
  const auto number = parse_number(text);
  if (!number || *number < 1 || *number > 65535) return fail("--gdb-port takes a number from 1 to 65535; '" + text + "' is not");
  options.gdb = true;
  options.gdb_port = static_cast<std::uint16_t>(*number);
  return {};
}

Result<void> add_assignment(std::vector<std::string>& to, const std::string& option, const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) return fail(option + " takes NAME=VALUE; '" + text + "' is not");
  to.push_back(text);
  return {};
}

Result<void> add_variable(Options& options, const std::string& text) { return add_assignment(options.environment, "--env", text); }
Result<void> add_setting(Options& options, const std::string& text) { return add_assignment(options.config, "--config", text); }

Result<void> add_packages(Options& options, const std::string& text) {
  for (const std::string& name : words_of(text, ",")) {
    if (!std::isalnum(static_cast<unsigned char>(name.front()))) {
      return fail("--package takes names of Debian packages; '" + name + "' is none");
    }
    options.packages.push_back(name);
  }
  return {};
}

Result<void> add_files(Options& options, const std::string& text) {
  options.additions.push_back(TRY(image::parse_addition(text)));
  return {};
}

Result<void> add_disk(Options& options, const std::string& text) {
  options.disks.push_back(TRY(parse_disk(text)));
  return {};
}

Result<void> set_root_disk(Options& options, const std::string& text) {
  if (options.root_disk) return fail("--disk-image may be given once: the root is on one disk");
  options.root_disk = TRY(parse_root_disk(text));
  return {};
}

Result<void> set_disk_size(Options& options, const std::string& text) {
  const auto bytes = parse_size(text);
  constexpr std::uint64_t kLeast = 16 << 20, kMost = std::uint64_t{1} << 43;
  if (!bytes || *bytes < kLeast || *bytes > kMost || *bytes % 4096 != 0) {
    return fail("--disk-size takes a size of at least 16M, such as 512M or 4G; '" + text + "' is not");
  }
  options.root_disk_bytes = *bytes;
  return {};
}

// What goes with a root on a disk, and what does not.
Result<void> check_root_disk(Options& options) {
  if (!options.root_disk) {
    if (options.persist) return fail("--persist is for the root on a disk: --disk-image FILE --persist");
    if (options.root_disk_bytes != 0) return fail("--disk-size is for the root on a disk: --disk-image FILE --persist --disk-size SIZE");
    return {};
  }
  Disk& disk = *options.root_disk;
  disk.thrown_away = !options.persist;
  if (options.host_program) return fail("a program of this machine needs a root in memory: --disk-image takes the command behind --");
  std::error_code error;
  if (!std::filesystem::exists(disk.file, error)) {
    if (!options.persist || disk.read_only) {
      return fail("the disk '" + disk.file + "': No such file or directory; --persist, without readonly, makes it");
    }
    options.disks.insert(options.disks.begin(), disk);
    return {};
  }
  TRY(check_disk(disk));
  if (options.root_disk_bytes != 0 || !options.packages.empty() || !options.additions.empty() || !options.root.empty()) {
    return fail("the disk '" + disk.file + "' is there: --package, --add, --root and --disk-size are for one that is made");
  }
  options.disks.insert(options.disks.begin(), disk);
  return {};
}

constexpr auto kOptions = std::to_array<Option>({
    {"--memory", true, false, set_memory},
    {"--gdb-port", true, false, set_gdb_port},
    {"--cpus", true, false, set_cpus},
    {"--numa", true, false, set_nodes},
    {"--timeout", true, false, set_timeout},
    {"--boot", true, false, set_boot},
    {"--arch", true, true, set_arch},
    {"--view", true, true, set_view},
    {"--console", true, true, set_console},
    {"--env", true, true, add_variable},
    {"--config", true, true, add_setting},
    {"--add", true, true, add_files},
    {"--package", true, true, add_packages},
    {"--disk", true, false, add_disk},
    {"--disk-image", true, false, set_root_disk},
    {"--disk-size", true, false, set_disk_size},
    {"--persist", false, false, [](Options& o, const std::string&) -> Result<void> { o.persist = true; return {}; }},
    {"--root", true, true, [](Options& o, const std::string& v) -> Result<void> { o.root = v; return {}; }},
    {"--log", true, false, [](Options& o, const std::string& v) -> Result<void> { o.log = v; return {}; }},
    {"--core", true, false, [](Options& o, const std::string& v) -> Result<void> { o.core = v; return {}; }},
    {"--audit", true, false, [](Options& o, const std::string& v) -> Result<void> { o.audit = v; return {}; }},
    {"--signing-key", true, true, [](Options& o, const std::string& v) -> Result<void> { o.signing_key = v; return {}; }},
    {"--cpu-model", true, false, [](Options& o, const std::string& v) -> Result<void> { o.cpu_model = v; return {}; }},
    {"--system", true, true, [](Options& o, const std::string& v) -> Result<void> { o.system = v; return {}; }},
    {"--iommu", false, false, [](Options& o, const std::string&) -> Result<void> { o.iommu = true; return {}; }},
    {"--no-iommu", false, false, [](Options& o, const std::string&) -> Result<void> { o.iommu = false; return {}; }},
    {"--icount", false, false, [](Options& o, const std::string&) -> Result<void> { o.icount = true; return {}; }},
    {"--gdb", false, false, [](Options& o, const std::string&) -> Result<void> { o.gdb = true; return {}; }},
    {"--dry-run", false, false, [](Options& o, const std::string&) -> Result<void> { o.dry_run = true; return {}; }},
    {"--help", false, true, [](Options& o, const std::string&) -> Result<void> { o.help = true; return {}; }},
    {"-h", false, true, [](Options& o, const std::string&) -> Result<void> { o.help = true; return {}; }},
});

Result<const Option*> find_option(const std::string& name, bool image) {
  std::vector<std::string> known;
  for (const Option& one : kOptions) {
    if (image && !one.for_image) continue;
    if (one.name == name) return &one;
    if (one.name.starts_with("--")) known.emplace_back(one.name);
  }
  const std::string near = nearest(name, known);
  return fail("there is no option " + name + (near.empty() ? "" : ", did you mean " + near + "?") +
              "; --help lists the options");
}

Result<Options> parse(std::span<const std::string> arguments, bool image) {
  Options options;
  options.cpus = 0;  // not said
  while (!arguments.empty()) {
    const std::string word = arguments.front();
    arguments = arguments.subspan(1);
    if (word == "--") {
      options.command.assign(arguments.begin(), arguments.end());
      if (options.command.empty()) return fail("a command is expected behind --");
      break;
    }
    if (!word.starts_with('-')) {
      if (image && options.output.empty()) {
        options.output = word;
        continue;
      }
      if (!image && word.find('/') != std::string::npos) {
        options.command = {word};
        options.command.insert(options.command.end(), arguments.begin(), arguments.end());
        options.host_program = true;
        break;
      }
      return fail("'" + word + "' is not expected here: the command to run stands behind --, as in `-- " + word + "`");
    }
    const std::size_t equals = word.starts_with("--") ? word.find('=') : std::string::npos;
    const Option* option = TRY(find_option(word.substr(0, equals), image));
    std::string value;
    if (option->takes_value) {
      if (equals != std::string::npos) {
        value = word.substr(equals + 1);
      } else {
        if (arguments.empty()) return fail(word + " needs a value behind it");
        value = arguments.front();
        arguments = arguments.subspan(1);
      }
    } else if (equals != std::string::npos) {
      return fail(std::string(option->name) + " takes no value");
    }
    TRY(option->apply(options, value));
  }
  // Who counts instructions gets one core unless the command line says otherwise: see --help.
  const char* usual = ::getenv(kCpusVariable);
  if (options.cpus == 0 && usual != nullptr && !options.icount && !image) TRY(set_cpus(options, usual));
  if (options.cpus == 0) options.cpus = 1;
  return options;
}

}  // namespace

Result<Options> parse_run_options(std::span<const std::string> arguments) {
  Options options = TRY(parse(arguments, false));
  TRY(check_root_disk(options));
  if (options.arch == Arch::aarch64 && options.boot == Boot::bios) return fail("--boot bios is x86-64's; AArch64 boots by pvh (QEMU loads the nucleus) or uefi");
  return options;
}

Result<Options> parse_image_options(std::span<const std::string> arguments) {
  Options options = TRY(parse(arguments, true));
  if (!options.help && options.output.empty()) return fail("name the file to write: ./tessera image FILE.iso");
  return options;
}

}  // namespace tessera::tools::run
