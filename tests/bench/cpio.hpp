// SPDX-License-Identifier: Apache-2.0
// A cpio archive in the "newc" format, as Linux unpacks it into its first root
// file system (Documentation/driver-api/early-userspace/buffer-format.rst).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tessera::bench {

class Cpio {
 public:
  void file(const std::string& path, std::uint32_t permissions, std::string_view content) {
    add(path, 0100000 | permissions, content, 0, 0);
  }
  void directory(const std::string& path) { add(path, 0040755, "", 0, 0); }
  void program(const std::string& path, std::string_view content) { file(path, 0755, content); }
  void link(const std::string& path, const std::string& target) { add(path, 0120777, target, 0, 0); }
  void character_device(const std::string& path, unsigned major, unsigned minor) { add(path, 0020600, "", major, minor); }

  // The whole archive; nothing may be added after.
  [[nodiscard]] std::string finish();

 private:
  void add(const std::string& path, std::uint32_t mode, std::string_view content, unsigned major, unsigned minor);

  std::string bytes_;
  unsigned next_inode_ = 1;
};

}  // namespace tessera::bench
