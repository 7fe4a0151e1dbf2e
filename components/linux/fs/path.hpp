// SPDX-License-Identifier: Apache-2.0
// The tree of names. A PathNode is one name in one file system (a directory
// entry in memory); a Mount puts a file system's tree, or a part of it, on a node
// of another; a Path is a node seen through a mount.
//
// Nodes are made when a walk first meets a name and kept in a hash table by
// (parent, name), so that a repeated walk costs one probe a component. The
// directories of the file systems are the truth; names.hpp changes both together.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "components/linux/core/ref.hpp"
#include "components/linux/fs/inode.hpp"

namespace tessera::lx {

class MountTable;
class NodeCache;

class PathNode : public RefCounted {
 public:
  // A root has no parent. Not in the cache until NodeCache::insert.
  PathNode(Ref<PathNode> parent, std::string_view name, Ref<Inode> inode);
  ~PathNode() override;

  [[nodiscard]] PathNode* parent() const { return parent_.get(); }
  [[nodiscard]] std::string_view name() const { return name_; }
  [[nodiscard]] Inode& inode() const { return *inode_; }
  [[nodiscard]] const Ref<Inode>& inode_ref() const { return inode_; }
  // Its name was removed while it was in use.
  [[nodiscard]] bool deleted() const { return deleted_; }
  // True when `other` is this node or above it.
  [[nodiscard]] bool below(const PathNode& other) const;

  std::uint32_t mounts = 0;  // how many mounts lie on it

 private:
  friend class NodeCache;
  Ref<PathNode> parent_;
  std::string name_;
  Ref<Inode> inode_;
  PathNode* chain_ = nullptr;        // next in the hash bucket
  PathNode* newer_ = nullptr;        // the list of kept nodes, by age
  PathNode* older_ = nullptr;
  std::uint32_t hash_ = 0;
  bool cached_ = false;
  std::atomic<bool> recently_used_ = false;  // set by who shares the big lock, too
  bool deleted_ = false;
};

class Mount : public RefCounted {
 public:
  Mount(Ref<PathNode> root_node, std::string source_name, std::uint64_t mount_flags);
  ~Mount() override;
  [[nodiscard]] bool read_only() const { return (flags & 1) != 0; }

  MountTable* table = nullptr;  // that holds it; null once it was unmounted
  Ref<Mount> parent;     // null for the namespace's root
  Ref<PathNode> point;   // the node it lies on
  Ref<PathNode> root;
  std::string source;
  std::uint64_t flags;   // MS_RDONLY, ...
  std::int32_t number;   // as mountinfo shows it
};

struct Path {
  Ref<Mount> mount;  // null for an object without a place in the tree (a pipe)
  Ref<PathNode> node;

  explicit operator bool() const { return static_cast<bool>(node); }
  bool operator==(const Path& other) const { return mount == other.mount && node == other.node; }
  [[nodiscard]] Inode& inode() const { return node->inode(); }
};

// The path's text as seen from `root`; "(unreachable)" in front and " (deleted)"
// behind as Linux writes them.
std::string path_text(const Path& path, const Path& root);

}  // namespace tessera::lx
