// SPDX-License-Identifier: Apache-2.0
// The root file system while it is put together.
#include "tools/image/root.hpp"

#include <stdlib.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "tools/support/size.hpp"

namespace tessera::tools::image {
namespace {

constexpr std::uint64_t kDefaultDate = 1'767'225'600;  // 2026-01-01
constexpr unsigned kMostLinks = 40;                    // as Linux

std::vector<std::string> parts_of(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    if (slash != 0) parts.emplace_back(path.substr(0, slash));
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return parts;
}

}  // namespace

std::uint64_t source_date() {
  const char* text = ::getenv("SOURCE_DATE_EPOCH");
  return text == nullptr ? kDefaultDate : parse_number(text).value_or(kDefaultDate);
}

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

Root::Root() { nodes_["/"] = Node{}; }

const Node* Root::find(const std::string& path) const {
  const auto at = nodes_.find(path);
  return at == nodes_.end() ? nullptr : &at->second;
}

bool Root::is_there(const std::string& path) const {
  const std::string directory = resolve(parent_of(path));
  return !directory.empty() && find((directory == "/" ? "" : directory) + "/" + name_of(path)) != nullptr;
}

Result<void> Root::put(const std::string& path, Node node) {
  if (path != "/") {
    const std::string parent = parent_of(path);
    if (resolve(parent).empty()) TRY(put_directory(parent, 0755));
    const std::string real = resolve(parent);
    if (real.empty()) return fail("cannot put " + path + " into the root: the link " + parent + " leads nowhere");
    if (find(real)->type == NodeType::file) return fail("cannot put " + path + " into the root: " + parent + " is a file");
    if (real != parent) return put((real == "/" ? "" : real) + "/" + name_of(path), std::move(node));
  }
  if (const Node* old = find(path)) {
    if (old->type == NodeType::directory && node.type != NodeType::directory) {
      return fail("cannot put a file at " + path + ": a directory is there already");
    }
    // A package that ships /lib/... joins a root where /lib is a link to /usr/lib.
    if (old->type == NodeType::link && node.type == NodeType::directory && !resolve(path).empty()) return {};
  }
  nodes_[path] = std::move(node);
  return {};
}

Result<void> Root::put_directory(const std::string& path, std::uint32_t permissions) {
  return put(path, Node{.type = NodeType::directory, .permissions = permissions});
}

Result<void> Root::put_file(const std::string& path, std::string content, std::uint32_t permissions) {
  return put(path, Node{.type = NodeType::file,
                        .permissions = permissions,
                        .content = content_of(std::move(content))});
}

Result<void> Root::put_link(const std::string& path, std::string target) {
  return put(path, Node{.type = NodeType::link, .permissions = 0777, .target = std::move(target)});
}

std::string Root::resolve(const std::string& path) const {
  std::vector<std::string> left = parts_of(path);
  std::ranges::reverse(left);  // the next part is the last
  std::string at;
  unsigned links = 0;
  while (!left.empty()) {
    const std::string part = left.back();
    left.pop_back();
    if (part == ".") continue;
    if (part == "..") {
      at = at.substr(0, std::min(at.rfind('/'), at.size()));
      continue;
    }
    const Node* node = find(at + "/" + part);
    if (node == nullptr) return "";
    if (node->type != NodeType::link) {
      at += "/" + part;
      continue;
    }
    if (++links > kMostLinks) return "";
    if (node->target.starts_with('/')) at = "";
    const std::vector<std::string> target = parts_of(node->target);
    left.insert(left.end(), target.rbegin(), target.rend());
  }
  return at.empty() ? "/" : at;
}

Result<std::string> normal_path(std::string_view path) {
  if (!path.starts_with('/')) return fail("'" + std::string(path) + "' must be an absolute path");
  std::string normal;
  for (const std::string& part : parts_of(path)) {
    if (part == ".") continue;
    if (part == "..") return fail("'" + std::string(path) + "' may not hold '..'");
    normal += "/" + part;
  }
  return normal.empty() ? "/" : normal;
}

}  // namespace tessera::tools::image
