// SPDX-License-Identifier: Apache-2.0
// The root file system of a Linux component while it is put together: a tree of
// nodes by path.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "tools/image/content.hpp"
#include "tools/support/result.hpp"

namespace tessera::tools::image {

enum class NodeType : std::uint8_t { directory, file, link };

// What generated files and directories are dated: SOURCE_DATE_EPOCH, or a constant.
[[nodiscard]] std::uint64_t source_date();

struct Node {
  NodeType type = NodeType::directory;
  std::uint32_t permissions = 0755;  // with set-user-id, set-group-id, sticky
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::uint64_t mtime = source_date();
  Content content{};     // of a file
  std::string target{};  // of a symbolic link
};

class Root {
 public:
  Root();  // only "/"

  // PATH is absolute and normal: "/etc/passwd". Missing parents are made, 0755;
  // links on the way are followed. A new node replaces an old one, but a
  // directory is only replaced by a directory: its contents stay.
  [[nodiscard]] Result<void> put(const std::string& path, Node node);

  [[nodiscard]] Result<void> put_directory(const std::string& path, std::uint32_t permissions);
  [[nodiscard]] Result<void> put_file(const std::string& path, std::string content, std::uint32_t permissions);
  [[nodiscard]] Result<void> put_link(const std::string& path, std::string target);

  // PATH without links on the way.
  [[nodiscard]] const Node* find(const std::string& path) const;

  // Whether there is a node at PATH, be it a link that leads nowhere.
  [[nodiscard]] bool is_there(const std::string& path) const;

  // PATH with all symbolic links followed; "" when it leads nowhere.
  [[nodiscard]] std::string resolve(const std::string& path) const;

  // By path: a directory comes before what is in it.
  [[nodiscard]] const std::map<std::string, Node>& nodes() const { return nodes_; }

 private:
  std::map<std::string, Node> nodes_;
};

// "/a//b/./c/" as "/a/b/c"; fails for relative paths and for "..".
[[nodiscard]] Result<std::string> normal_path(std::string_view path);

// The directory of a normal path, and the name in it.
[[nodiscard]] std::string parent_of(const std::string& path);
[[nodiscard]] std::string name_of(const std::string& path);

}  // namespace tessera::tools::image
