// SPDX-License-Identifier: Apache-2.0
// The hash table of path nodes, and which of the unused ones are kept.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "components/linux/fs/path.hpp"

namespace tessera::lx {

class NodeCache {
 public:
  // Null when the name is not known (it may exist all the same).
  PathNode* find(PathNode& parent, std::string_view name);
  // The node of a name that the directory has. Names of unstable file systems are
  // not kept.
  Ref<PathNode> insert(PathNode& parent, std::string_view name, Ref<Inode> inode);
  // The name is gone from its directory.
  void remove(PathNode& parent, std::string_view name);
  // What `name` stood for is now `to_name` in `to_parent`; what that stood for is
  // gone, or with `exchange` has the old name.
  void rename(PathNode& parent, std::string_view name, PathNode& to_parent, std::string_view to_name, bool exchange);
  // Drops the nodes that nobody uses (of an unmounted file system: all).
  void drop_unused();

 private:
  static constexpr std::size_t kKept = 8192;

  void link(PathNode& node);
  void unlink(PathNode& node);
  void forget(PathNode& node);
  void evict();
  void grow();

  std::vector<PathNode*> buckets_;
  std::size_t count_ = 0;
  PathNode* newest_ = nullptr;
  PathNode* oldest_ = nullptr;
};

NodeCache& node_cache();

}  // namespace tessera::lx
