// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/cpio.hpp"

#include <array>
#include <format>

#include "tools/support/bytes.hpp"

namespace tessera::bench {

void Cpio::add(const std::string& path, std::uint32_t mode, std::string_view content, unsigned major, unsigned minor) {
  // inode, mode, uid, gid, links, mtime, size, device major and minor, rdev major and minor, name size, check
  const std::array<std::size_t, 13> fields{next_inode_, mode, 0, 0, 1, 0, content.size(), 0, 0, major, minor, path.size() + 1, 0};
  ++next_inode_;
  bytes_ += "070701";
  for (const std::size_t field : fields) bytes_ += std::format("{:08x}", field);
  bytes_ += path;
  bytes_ += '\0';
  tools::pad_to(bytes_, 4);
  bytes_ += content;
  tools::pad_to(bytes_, 4);
}

std::string Cpio::finish() {
  add("TRAILER!!!", 0, "", 0, 0);
  return std::move(bytes_);
}

}  // namespace tessera::bench
