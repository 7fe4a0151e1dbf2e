// SPDX-License-Identifier: Apache-2.0
// Path nodes, mounts and the text of a path.
#include "components/linux/fs/path.hpp"

#include <utility>

#include "components/linux/fs/file_system.hpp"

namespace tessera::lx {

PathNode::PathNode(Ref<PathNode> parent, std::string_view name, Ref<Inode> inode)
    : parent_(std::move(parent)), name_(name), inode_(std::move(inode)) {}

// The nodes above may hang on this one alone (a deep tree that was removed while
// somebody was in it): taken down one by one, because the stack is small.
PathNode::~PathNode() {
  Ref<PathNode> above = std::move(parent_);
  while (above && above->references() == 1) {
    Ref<PathNode> next = std::move(above->parent_);
    above = std::move(next);
  }
}

bool PathNode::below(const PathNode& other) const {
  for (const PathNode* node = this; node != nullptr; node = node->parent())
    if (node == &other) return true;
  return false;
}

namespace {
std::int32_t next_mount_number = 20;
}

Mount::Mount(Ref<PathNode> root_node, std::string source_name, std::uint64_t mount_flags)
    : root(std::move(root_node)), source(std::move(source_name)), flags(mount_flags), number(next_mount_number++) {}
Mount::~Mount() = default;

std::string path_text(const Path& path, const Path& root) {
  // A node without a place in the tree: its name is the whole text ("pipe:[7]").
  if (!path.mount) return std::string(path.node->name());
  // First how long, then the text from its end, so that it is made in one piece.
  std::size_t length = 0;
  bool deleted = false, reached = false;
  auto each = [&](auto visit) {
    const PathNode* node = path.node.get();
    const Mount* mount = path.mount.get();
    while (true) {
      if (node == root.node.get() && mount == root.mount.get()) {
        reached = true;
        return;
      }
      if (node == mount->root.get()) {
        if (!mount->parent) return;
        node = mount->point.get();
        mount = mount->parent.get();
        continue;
      }
      if (node->parent() == nullptr) return;
      deleted = deleted || node->deleted();
      visit(node->name());
      node = node->parent();
    }
  };
  each([&](std::string_view name) { length += name.size() + 1; });
  std::string text(length == 0 ? 1 : length, '/');
  std::size_t end = length;
  each([&](std::string_view name) {
    end -= name.size();
    text.replace(end, name.size(), name);
    --end;
  });
  if (!reached) text.insert(0, "(unreachable)");
  if (deleted) text.append(" (deleted)");
  return text;
}

}  // namespace tessera::lx
