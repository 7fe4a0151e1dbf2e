// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/debian.hpp"

#include <filesystem>
#include <sstream>
#include <system_error>

#include "tests/bench/child.hpp"
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

// The package with the files, which the one of this name only depends on.
Result<std::string> versioned_kernel() {
  std::istringstream words(TRY(tools::run_program({{"apt-cache", "depends", "linux-image-cloud-amd64"}, ""})));
  for (std::string word; words >> word;) {
    if (word.starts_with("linux-image-6") || word.starts_with("linux-image-5")) return word;
  }
  return tools::fail("apt knows no kernel linux-image-cloud-amd64: `apt-get update` may help");
}

// Path of the package's .deb in CACHE.
Result<std::string> fetch(const std::string& cache, const std::string& package, const std::string& prefix) {
  if (std::string kept = find_file(cache, prefix, ".deb"); !kept.empty()) return kept;
  say("fetching the Debian package " + package);
  TRY(tools::make_directories(cache));
  const tools::TemporaryDirectory temporary = TRY(tools::TemporaryDirectory::make(cache));
  TRY(run({{"apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", package}, temporary.path()}));
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

}  // namespace

Result<LinuxFiles> fetch_linux(const std::string& cache) {
  LinuxFiles files;
  std::string deb = find_file(cache, "linux-image-", ".deb");
  if (deb.empty()) {
    const std::string package = TRY(versioned_kernel());
    deb = TRY(fetch(cache, package, "linux-image-"));
  }
  const std::string tree = cache + "/tree";
  files.version = fs::path(deb).stem().string();
  files.kernel = find_file(tree + "/boot", "vmlinuz-", "");
  if (files.kernel.empty()) TRY(unpack(deb, tree, "./boot/vmlinuz-*"));
  files.kernel = find_file(tree + "/boot", "vmlinuz-", "");
  if (files.kernel.empty()) return tools::fail(deb + " holds no boot/vmlinuz-*");

  files.busybox = tree + "/bin/busybox";
  std::error_code error;
  if (!fs::exists(files.busybox, error)) {
    const std::string busybox = TRY(fetch(cache, "busybox-static", "busybox-static_"));
    TRY(unpack(busybox, tree, "./bin/busybox"));
  }
  return files;
}

}  // namespace tessera::bench
