// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/debian.hpp"

#include <filesystem>
#include <sstream>
#include <system_error>

#include "tests/bench/child.hpp"
#include "tools/image/packages.hpp"
#include "tools/support/file.hpp"
#include "tools/support/process.hpp"
#include "tools/support/temporary.hpp"

namespace tessera::bench {
namespace {

namespace fs = std::filesystem;

// The first file in DIRECTORY whose name starts with PREFIX and ends with SUFFIX; "" when there is none.
std::string find_file(const std::string& directory, const std::string& prefix, const std::string& suffix) {
  std::error_code error;
  for (fs::directory_iterator at(directory, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (name.starts_with(prefix) && name.ends_with(suffix)) return at->path().string();
  }
  return "";
}

Result<void> run(const tools::Command& command) {
  const auto done = tools::run_program(command);
  return done ? Result<void>() : std::unexpected(done.error());
}

Result<tools::Command> apt(const TesseraPaths& paths, const std::string& program, const std::vector<std::string>& words) {
  const tools::image::Machine& machine = paths.machine.root;
  return tools::image::apt_command(program, tools::image::PackageCache::directory_for(paths.package_cache(), machine), machine, words);
}

// The package with the files, which the one that the machine names only depends on.
Result<std::string> versioned_kernel(const TesseraPaths& paths) {
  const std::string& package = paths.machine.kernel_package;
  const tools::Command depends = TRY(apt(paths, "apt-cache", {"depends", package}));
  std::istringstream words(TRY(tools::run_program(depends)));
  for (std::string word; words >> word;) {
    if (word.starts_with("linux-image-6") || word.starts_with("linux-image-5")) return word;
  }
  return tools::fail("apt knows no kernel " + package + ": `apt-get update` may help");
}

// Path of the kernel's .deb in the cache.
Result<std::string> fetch_kernel(const TesseraPaths& paths) {
  const std::string cache = paths.linux_cache(), prefix = "linux-image-";
  if (std::string kept = find_file(cache, prefix, ".deb"); !kept.empty()) return kept;
  const std::string package = TRY(versioned_kernel(paths));
  say("fetching the Debian package " + package);
  TRY(tools::make_directories(cache));
  const tools::TemporaryDirectory temporary = TRY(tools::TemporaryDirectory::make(cache));
  tools::Command download = TRY(apt(paths, "apt-get", {"download", package}));
  download.directory = temporary.path();
  TRY(run(download));
  const std::string file = find_file(temporary.path(), prefix, ".deb");
  if (file.empty()) return tools::fail("apt-get left no " + prefix + "*.deb");
  const std::string kept = cache + "/" + fs::path(file).filename().string();
  TRY(tools::copy_file(file, kept));
  return kept;
}

// Unpacks what matches PATTERN from a .deb into DIRECTORY.
Result<void> unpack(const std::string& deb, const std::string& directory, const std::string& pattern) {
  say("unpacking " + deb);
  TRY(tools::make_directories(directory));
  const tools::TemporaryDirectory temporary = TRY(tools::TemporaryDirectory::make(directory));
  const std::string tar = temporary.path() + "/files.tar";
  TRY(run({{"sh", "-c", "dpkg-deb --fsys-tarfile \"$1\" >\"$2\"", "sh", deb, tar}, ""}));
  TRY(run({{"tar", "-xf", tar, "-C", directory, "--wildcards", pattern}, ""}));
  return {};
}

// The modules that a virtio disk needs, those that others need first; none when one is not there.
// ext4 and NVMe are in the kernel itself.
Result<std::vector<std::string>> find_modules(const std::string& tree) {
  const std::string version = find_file(tree + "/lib/modules", "", "");
  std::vector<std::string> modules;
  for (const char* name : {"virtio/virtio_ring", "virtio/virtio", "virtio/virtio_pci_legacy_dev", "virtio/virtio_pci_modern_dev", "virtio/virtio_pci", "block/virtio_blk"}) {
    modules.push_back(version + "/kernel/drivers/" + name + ".ko");
    if (version.empty() || !fs::exists(modules.back())) return std::vector<std::string>{};
  }
  return modules;
}

}  // namespace

Result<LinuxFiles> fetch_linux(const TesseraPaths& paths) {
  LinuxFiles files;
  const std::string deb = TRY(fetch_kernel(paths));
  const std::string tree = paths.linux_cache() + "/tree";
  files.version = fs::path(deb).stem().string();
  files.kernel = find_file(tree + "/boot", "vmlinuz-", "");
  if (files.kernel.empty()) TRY(unpack(deb, tree, "./boot/vmlinuz-*"));
  files.kernel = find_file(tree + "/boot", "vmlinuz-", "");
  if (files.kernel.empty()) return tools::fail(deb + " holds no boot/vmlinuz-*");

  files.disk_modules = TRY(find_modules(tree));
  if (files.disk_modules.empty()) {
    TRY(unpack(deb, tree, "./lib/modules/*/kernel/drivers/*/virtio*.ko"));
    files.disk_modules = TRY(find_modules(tree));
  }
  if (files.disk_modules.empty()) return tools::fail(deb + " holds no modules for virtio-blk");

  tools::image::Root root;
  TRY(tools::image::PackageCache(paths.package_cache(), paths.machine.root).add(root, {"busybox-static"}));
  const tools::image::Node* const busybox = root.find(root.resolve("/bin/busybox"));
  if (busybox == nullptr || busybox->type != tools::image::NodeType::file) return tools::fail("the package busybox-static holds no /bin/busybox");
  files.busybox = *busybox->content;
  return files;
}

}  // namespace tessera::bench
