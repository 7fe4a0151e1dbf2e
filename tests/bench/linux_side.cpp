// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/linux_side.hpp"

#include "tests/bench/cpio.hpp"
#include "tools/image/base.hpp"
#include "tools/image/packages.hpp"
#include "tools/support/file.hpp"
#include "tools/support/size.hpp"
#include "tools/support/words.hpp"

namespace tessera::bench {
namespace {

constexpr std::string_view kStatusLine = "init: status ";  // of guest/init.c, its last line

// As the kernel's command line takes it: words with spaces in quotes.
std::string kernel_words(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    text += word.find(' ') == std::string::npos ? " " + word : " \"" + word + "\"";
  }
  return text;
}

// Takes init's line off the output; its status, or -1 when Linux did not get that far.
int take_status(std::string& output) {
  const std::size_t at = output.rfind(kStatusLine);
  if (at == std::string::npos) return -1;
  std::string_view text = std::string_view(output).substr(at + kStatusLine.size());
  text = text.substr(0, text.find_first_of("\r\n"));
  const auto status = tools::parse_number(text);
  output.resize(at);
  return status ? static_cast<int>(*status) : -1;
}

enum class Root : std::uint8_t { usual, packages, storage };

std::string initramfs_path(const std::string& cache, Root root) {
  switch (root) {
    case Root::usual: return cache + "/initramfs.cpio";
    case Root::packages: return cache + "/packages.cpio";
    case Root::storage: return cache + "/storage.cpio";
  }
  return cache;
}

Root root_of(const GuestRun& run) { return run.packages ? Root::packages : run.disk ? Root::storage : Root::usual; }

Result<void> add_programs(Cpio& archive, const std::string& programs) {
  archive.character_device("dev/console", 5, 1);
  archive.program("init", TRY(tools::read_file(programs + "/microbench-init")));
  for (const std::string program : {"latency", "microbench", "microbench-exit", "scaling"})
    archive.program("usr/bin/" + program, TRY(tools::read_file(programs + "/" + program)));
  return {};
}

void add_node(Cpio& archive, const std::string& path, const tools::image::Node& node) {
  switch (node.type) {
    case tools::image::NodeType::directory: return archive.directory(path);
    case tools::image::NodeType::link: return archive.link(path, node.target);
    case tools::image::NodeType::file: return archive.file(path, node.permissions, *node.content);
  }
}

}  // namespace

Result<LinuxFiles> LinuxSide::prepare(const TesseraPaths& paths) {
  LinuxFiles files = TRY(fetch_linux(paths));
  Cpio archive;
  for (const char* directory : {"dev", "proc", "root", "sys", "tmp", "usr", "usr/bin"}) archive.directory(directory);
  archive.link("bin", "usr/bin");
  TRY(add_programs(archive, paths.programs()));
  archive.program("usr/bin/busybox", files.busybox);
  for (const char* applet : {"sh", "ls", "wc"}) archive.link(std::string("usr/bin/") + applet, "busybox");
  TRY(tools::write_file_if_changed(initramfs_path(paths.linux_cache(), Root::usual), archive.finish()));
  return files;
}

Result<void> LinuxSide::prepare_storage(const LinuxFiles& files, const TesseraPaths& paths) {
  Cpio archive;
  for (const char* directory : {"dev", "modules", "proc", "root", "sys", "tmp", "usr", "usr/bin"}) archive.directory(directory);
  archive.link("bin", "usr/bin");
  TRY(add_programs(archive, paths.programs()));
  archive.program("usr/bin/storage", TRY(tools::read_file(paths.programs() + "/storage")));
  // guest/init.c loads them in this order.
  for (std::size_t number = 0; number < files.disk_modules.size(); ++number)
    archive.file("modules/" + std::to_string(number), 0644, TRY(tools::read_file(files.disk_modules[number])));
  return tools::write_file_if_changed(initramfs_path(paths.linux_cache(), Root::storage), archive.finish());
}

Result<void> LinuxSide::prepare_packages(const TesseraPaths& paths) {
  tools::image::Root root;
  TRY(tools::image::add_base(root, "bench"));
  TRY(tools::image::PackageCache(paths.package_cache(), paths.machine.root).add(root, tools::words_of("busybox-static," + kPackages, ",")));
  Cpio archive;
  for (const auto& [path, node] : root.nodes()) {
    if (path != "/") add_node(archive, path.substr(1), node);
  }
  TRY(add_programs(archive, paths.programs()));
  return tools::write_file_if_changed(initramfs_path(paths.linux_cache(), Root::packages), archive.finish());
}

Result<Ended> LinuxSide::run(const GuestRun& run) const {
  const BenchMachine& machine = paths_.machine;
  std::vector<std::string> words{machine.emulator};
  words.insert(words.end(), machine.board.begin(), machine.board.end());
  words.insert(words.end(), {"-cpu",
                             machine.processor,
                             "-smp",
                             std::to_string(run.cpus),
                             "-m",
                             std::to_string(run.memory_mib) + "M",
                             "-nodefaults",
                             "-display",
                             "none",
                             "-no-reboot",
                             "-no-user-config",
                             "-serial",
                             "stdio",
                             "-kernel",
                             files_.kernel,
                             "-initrd",
                             initramfs_path(paths_.linux_cache(), root_of(run))});
  if (run.disk) {
    const auto disk = emulator_words(*run.disk);
    words.insert(words.end(), disk.begin(), disk.end());
  }
  if (run.icount) words.insert(words.end(), {"-icount", "shift=0"});
  std::string line = "console=" + machine.console + " quiet loglevel=0 panic=-1";
  // The other cores come up late there: guest/init.c says why.
  if (run.icount && run.cpus > 1) line += " maxcpus=1 online=" + std::to_string(run.cpus);
  words.insert(words.end(), {"-append", line + " --" + kernel_words(run.command)});
  Ended ended = TRY(run_machine({words, run.limit_seconds, run.marker}));
  const int status = take_status(ended.output);
  if (ended.status != 124) ended.status = status < 0 ? 125 : status;
  return ended;
}

}  // namespace tessera::bench
