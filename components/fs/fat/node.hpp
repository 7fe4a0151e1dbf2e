// SPDX-License-Identifier: Apache-2.0
// Files and directories that are in use or were of late.
//
// FAT has no inodes. An inode's number here is where its directory entry lies and what that says of its creation:
// nothing has to be remembered to find it again, also after a crash, and what comes to lie there later has another
// number. The root, which has no entry, is number 1. A file that moves to another entry has another number from
// then on; the old one is good as long as the volume is mounted (nodes.hpp).
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "components/fs/bytes.hpp"
#include "components/fs/fat/boot_sector.hpp"
#include "components/fs/fat/dates.hpp"
#include "components/fs/fat/layout.hpp"

namespace tessera::fs::fat {

inline constexpr InodeNumber kRootNumber = 1;
inline constexpr unsigned kPositionBits = 40;

// A directory entry without its name.
struct Entry {
  std::uint8_t attributes = 0;
  std::uint32_t first = 0;  // cluster; 0: none
  std::uint32_t size = 0;
  Stamp born, written;      // of `written` no hundredths
  std::uint16_t accessed = 0;

  [[nodiscard]] static Entry of(Bytes slot, bool fat32);
  // Leaves the name and its case as they are.
  void put(Room slot) const;
  [[nodiscard]] bool directory() const { return (attributes & entry::kDirectory) != 0; }
};

// Entries are numbered by their place on the volume, 32 bytes each.
[[nodiscard]] InodeNumber number_of(std::uint64_t position, const Stamp& born);
[[nodiscard]] constexpr std::uint64_t position_of(InodeNumber number) { return number & ((std::uint64_t{1} << kPositionBits) - 1); }

struct Node {
  static constexpr std::uint32_t kMarkEvery = 64;

  InodeNumber number = 0;
  std::uint64_t position = 0;  // of its entry; 0: it has none, as the root, or what was replaced while it was kept
  Entry entry;
  std::uint32_t kept = 0;
  bool orphan = false;         // its name is gone
  bool cut = false;            // its chain ends earlier than the table says, until the next commit
  std::vector<std::uint32_t> marks;  // every kMarkEvery-th cluster of its chain, as far as it was followed
  std::optional<std::uint32_t> subdirectories, clusters;  // of a directory, when counted
  std::uint32_t references = 0;

  [[nodiscard]] bool root() const { return number == kRootNumber; }
  [[nodiscard]] bool directory() const { return entry.directory(); }
  // Another chain, or a shorter one.
  void keep_clusters(std::uint32_t count) {
    const std::size_t marked = (std::size_t{count} + kMarkEvery - 1) / kMarkEvery;
    if (marks.size() > marked) marks.resize(marked);
    clusters.reset();
  }
};

// Nodes are counted by those who hold them, all of one thread.
class NodeRef {
 public:
  NodeRef() = default;
  NodeRef(std::nullptr_t) {}
  explicit NodeRef(Node* node) : node_(node) {
    if (node_ != nullptr) ++node_->references;
  }
  NodeRef(const NodeRef& other) : NodeRef(other.node_) {}
  NodeRef(NodeRef&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
  NodeRef& operator=(NodeRef other) noexcept {
    std::swap(node_, other.node_);
    return *this;
  }
  ~NodeRef() {
    if (node_ != nullptr && --node_->references == 0) delete node_;
  }
  [[nodiscard]] static NodeRef make() { return NodeRef(new Node); }

  [[nodiscard]] Node* get() const { return node_; }
  Node& operator*() const { return *node_; }
  Node* operator->() const { return node_; }
  explicit operator bool() const { return node_ != nullptr; }
  bool operator==(const NodeRef& other) const = default;

 private:
  Node* node_ = nullptr;
};

}  // namespace tessera::fs::fat
