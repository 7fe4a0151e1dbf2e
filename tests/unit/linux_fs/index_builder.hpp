// SPDX-License-Identifier: Apache-2.0
// Builds root indexes for tests (docs/formats.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

class IndexBuilder {
 public:
  IndexBuilder();
  // Answer the entry's index.
  std::uint32_t directory(std::uint32_t parent, std::string_view name, std::uint32_t mode = 0755);
  std::uint32_t file(std::uint32_t parent, std::string_view name, std::string_view content, std::uint32_t mode = 0644);
  std::uint32_t symlink(std::uint32_t parent, std::string_view name, std::string_view target);
  std::uint32_t hard_link(std::uint32_t parent, std::string_view name, std::uint32_t to);
  [[nodiscard]] std::vector<std::byte> index() const;
  [[nodiscard]] const std::vector<std::byte>& data() const { return data_; }

 private:
  struct Entry {
    std::uint32_t parent = 0, mode = 0, uid = 0, gid = 0, name_offset = 0, name_bytes = 0;
    std::uint64_t bytes = 0, data_offset = 0, mtime = 1'000'000;
    std::uint32_t link_of = 0, rdev = 0;
    std::uint64_t reserved = 0;
  };
  std::uint32_t add(Entry entry, std::string_view name);
  std::vector<Entry> entries_;
  std::string names_;
  std::vector<std::byte> data_;
};
