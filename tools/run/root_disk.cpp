// SPDX-License-Identifier: Apache-2.0
#include "tools/run/root_disk.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>

#include "tools/support/file.hpp"
#include "tools/support/process.hpp"

namespace tessera::tools::run {
namespace {

// Not everybody's PATH has the directories of the administrator.
Result<std::string> find_mkfs() {
  for (const char* path : {"/usr/sbin/mkfs.ext4", "/sbin/mkfs.ext4", "/usr/bin/mkfs.ext4"}) {
    if (::access(path, X_OK) == 0) return std::string(path);
  }
  return fail("mkfs.ext4 is missing, which makes file systems: the Debian package e2fsprogs has it");
}

}  // namespace

std::uint64_t root_disk_bytes(std::uint64_t content) {
  constexpr std::uint64_t kGigabyte = 1 << 30;
  return std::max<std::uint64_t>((content * 2 + kGigabyte - 1) / kGigabyte, 1) * kGigabyte;
}

Result<void> make_ext4(const std::string& file, std::uint64_t bytes) {
  const std::string mkfs = TRY(find_mkfs());
  TRY(write_file(file, ""));
  if (::truncate(file.c_str(), static_cast<off_t>(bytes)) != 0) return fail_errno("cannot make " + file);
  static_cast<void>(TRY(run_program({{mkfs, "-q", "-F", "-b", "4096", "-L", "root", "-E", "root_owner=0:0", file}, ""})));
  return {};
}

}  // namespace tessera::tools::run
