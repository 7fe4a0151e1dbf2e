// SPDX-License-Identifier: Apache-2.0
// path_resolution(7).
#include "components/linux/fs/walk.hpp"

#include <utility>

#include "components/linux/fs/context.hpp"
#include "components/linux/fs/mount.hpp"
#include "components/linux/fs/node_cache.hpp"
#include "components/linux/fs/permission.hpp"

namespace tessera::lx {
namespace {

constexpr int kMostLinks = 40;
constexpr std::size_t kNameBytes = 255;

std::string_view without_slashes(std::string_view text) {
  std::size_t start = text.find_first_not_of('/');
  return start == std::string_view::npos ? std::string_view{} : text.substr(start);
}

}  // namespace

void enter_mounts(Path& path) {
  while (path.node->mounts != 0 && path.mount) {
    if (path.mount->table == nullptr) return;
    Mount* mount = path.mount->table->at(*path.mount, *path.node);
    if (mount == nullptr) return;
    path = Path{Ref<Mount>(mount), mount->root};
  }
}

Result<void> Walker::begin(std::string_view path) {
  if (path.empty()) return fail(Errno::enoent);
  if (path.front() == '/') {
    if ((restrictions_ & kResolveBeneath) != 0) return fail(Errno::exdev);
    at_ = root_;
  }
  return walk(path);
}

Result<void> Walker::walk(std::string_view rest) {
  rest = without_slashes(rest);
  last_ = LastComponent::directory;
  name_ = {};
  trailing_slash_ = false;
  while (!rest.empty()) {
    if (!at_.inode().directory()) return fail(Errno::enotdir);
    TRY(check_access(who_, at_.inode(), kMayExecute));
    std::size_t end = rest.find('/');
    std::string_view name = rest.substr(0, end);
    std::string_view behind = end == std::string_view::npos ? std::string_view{} : without_slashes(rest.substr(end));
    if (name.size() > kNameBytes) return fail(Errno::enametoolong);
    LastComponent kind = name == "." ? LastComponent::dot : name == ".." ? LastComponent::dot_dot : LastComponent::name;
    if (behind.empty()) {
      trailing_slash_ = end != std::string_view::npos;
      last_ = kind;
      name_ = name;
      return {};
    }
    rest = behind;
    if (kind == LastComponent::dot) continue;
    if (kind == LastComponent::dot_dot) {
      TRY(up());
      continue;
    }
    Path next = TRY(child(name));
    if (next.inode().type() == kSymlink) {
      if (TRY(enter_link(next, rest))) rest = without_slashes(text_);
    } else {
      at_ = std::move(next);
    }
  }
  return {};
}

Result<Path> Walker::child(std::string_view name) {
  PathNode& directory = *at_.node;
  Path found{at_.mount, Ref<PathNode>(node_cache().find(directory, name))};
  if (!found.node) {
    if ((restrictions_ & kResolveCached) != 0) return fail(Errno::eagain);
    Ref<Inode> inode = TRY(directory.inode().lookup(name));
    found.node = node_cache().insert(directory, name, std::move(inode));
  }
  if (found.node->mounts != 0) {
    if ((restrictions_ & kResolveNoCrossing) != 0) return fail(Errno::exdev);
    enter_mounts(found);
  }
  return found;
}

Result<void> Walker::up() {
  if (at_ == root_) return (restrictions_ & kResolveBeneath) != 0 ? fail(Errno::exdev) : Result<void>{};
  while (at_.mount && at_.node == at_.mount->root && at_.mount->parent) {
    if ((restrictions_ & kResolveNoCrossing) != 0) return fail(Errno::exdev);
    at_ = Path{at_.mount->parent, at_.mount->point};
    if (at_ == root_) return {};
  }
  if (at_.node->parent() != nullptr) {
    at_.node = Ref<PathNode>(at_.node->parent());
    enter_mounts(at_);
  }
  return {};
}

// True when text_ now holds what is left to walk (the link's target and `rest`);
// false when the link led straight to an object, where at_ now is.
Result<bool> Walker::enter_link(const Path& link, std::string_view rest) {
  if (++links_ > kMostLinks || (restrictions_ & kResolveNoLinks) != 0) return fail(Errno::eloop);
  Path object;
  if (TRY(link.inode().follow_magic(object))) {
    if ((restrictions_ & (kResolveNoMagicLinks | kResolveBeneath | kResolveInRoot)) != 0) return fail(Errno::eloop);
    at_ = std::move(object);
    return false;
  }
  std::string target = TRY(link.inode().read_link());
  if (target.empty()) return fail(Errno::enoent);
  bool absolute = target.front() == '/';
  if (absolute && (restrictions_ & kResolveBeneath) != 0) return fail(Errno::exdev);
  if (!rest.empty() || trailing_slash_) target.push_back('/');
  target.append(rest);  // `rest` may lie in text_: it is copied first
  text_ = std::move(target);
  if (absolute) at_ = root_;
  return true;
}

Result<Path> Walker::lookup_last() {
  switch (last_) {
    case LastComponent::name: return child(name_);
    case LastComponent::dot_dot: {
      TRY(up());
      break;
    }
    case LastComponent::dot:
    case LastComponent::directory: break;
  }
  last_ = LastComponent::directory;
  return at_;
}

Result<void> Walker::follow(const Path& link) {
  bool slash = trailing_slash_;
  if (!TRY(enter_link(link, {}))) {
    last_ = LastComponent::directory;
    trailing_slash_ = slash;
    return {};
  }
  return walk(text_);
}

Result<Path> finish_walk(Walker& walker, bool follow) {
  while (true) {
    Path found = TRY(walker.lookup_last());
    bool slash = walker.trailing_slash();
    if (found.inode().type() == kSymlink && walker.last() == LastComponent::name && (follow || slash)) {
      TRY(walker.follow(found));
      continue;
    }
    if (slash && !found.inode().directory()) return fail(Errno::enotdir);
    return found;
  }
}

Result<Path> walk_from(const Path& start, std::string_view path, bool follow, std::uint64_t restrictions) {
  Walker walker(start, current_fs().root, current_credentials(), restrictions);
  TRY(walker.begin(path));
  return finish_walk(walker, follow);
}

Result<Path> walk(std::string_view path, bool follow) { return walk_from(current_fs().cwd, path, follow); }

}  // namespace tessera::lx
