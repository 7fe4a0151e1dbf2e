// SPDX-License-Identifier: Apache-2.0
// The Linux that Tessera is compared with: Debian's cloud kernel and busybox,
// fetched once by apt into the build tree's cache and never installed.
#pragma once

#include <string>
#include <vector>

#include "tests/bench/paths.hpp"
#include "tools/support/result.hpp"

namespace tessera::bench {

using tools::Result;

struct LinuxFiles {
  std::string kernel;   // path of vmlinuz
  std::string busybox;  // bytes of the static busybox
  std::vector<std::string> disk_modules;  // paths of the kernel's modules for virtio-blk, those that others need first
  std::string version;  // of the kernel package, for the report
};

[[nodiscard]] Result<LinuxFiles> fetch_linux(const TesseraPaths& paths);

}  // namespace tessera::bench
