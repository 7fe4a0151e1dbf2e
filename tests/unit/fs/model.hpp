// SPDX-License-Identifier: Apache-2.0
// What a file system should hold: a tree in plain memory, changed at random together with a real one.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "components/fs/file_system.hpp"
#include "tests/unit/fs/image_device.hpp"
#include "tests/unit/lib/ring/random.hpp"

namespace tessera::test {

struct ModelNode {
  std::uint32_t type = 0;
  std::vector<std::byte> data;  // of a file
  std::string target;           // of a link
  std::map<std::string, std::shared_ptr<ModelNode>> names;
  std::map<std::string, std::string> attributes;
  fs::InodeNumber inode = 0;
  std::uint32_t links = 0;
};

// What a kind of file systems has.
struct Abilities {
  bool links = true;            // also symbolic ones
  bool holes = true;
  bool attributes = true;
  bool stable_numbers = true;   // also when a file gets another name
  bool lost_and_found = true;   // made by mkfs
};
inline constexpr Abilities kFatAbilities{.links = false, .holes = false, .attributes = false, .stable_numbers = false, .lost_and_found = false};

class Model {
 public:
  Model(HostLoop& loop, fs::FileSystem& files, Random& random, Abilities abilities = {});

  // Which sizes and how many names there are at most.
  std::uint64_t most_bytes = 300'000;
  std::uint64_t name_count = 40;
  unsigned name_bytes = 12;

  // One operation on both, which must say the same. False: the disk is full.
  bool step();
  // Everything is the same; what differs is a failed check.
  void compare(fs::FileSystem& files);
  // Of another mount of the same disk.
  void attach(fs::FileSystem& files) { files_ = &files; }
  bool allow_full = false;  // no_space is an answer

  [[nodiscard]] std::shared_ptr<ModelNode> copy() const;
  [[nodiscard]] ModelNode& root() { return *root_; }

 private:
  using Node = std::shared_ptr<ModelNode>;
  struct Spot {
    Node directory;
    std::string name;
    Node node;  // null: nothing has the name
  };
  Spot spot();
  Node any_file();
  void look_up(const Spot& at, const Node& node);
  bool create(const Spot& at);
  bool write(const Node& file);
  bool cut(const Node& file);
  bool hole(const Node& file);
  bool remove(const Spot& at);
  bool rename(const Spot& from, const Spot& to);
  bool link(const Node& file, const Spot& to);
  bool attribute(const Node& node);
  bool full(fs::Error error);

  HostLoop& loop_;
  fs::FileSystem* files_;
  Random& random_;
  Abilities abilities_;
  Node root_;
  std::vector<Node> directories_, regular_;
  std::uint32_t clock_ = 1;
};

// The tree of `files` is the same as of the model.
void compare_tree(HostLoop& loop, fs::FileSystem& files, fs::InodeNumber inode, const ModelNode& expected, const std::string& path);
std::string read_all(HostLoop& loop, fs::FileSystem& files, fs::InodeNumber inode);

}  // namespace tessera::test
