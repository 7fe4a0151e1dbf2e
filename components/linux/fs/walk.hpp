// SPDX-License-Identifier: Apache-2.0
// From a path's text to a node: path_resolution(7).
//
// A Walker goes to the last component and stops before it, because what happens
// there depends on the caller (create it, remove it, look at the link itself).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "components/linux/core/errno.hpp"
#include "components/linux/fs/path.hpp"
#include "components/linux/process/contract.hpp"

namespace tessera::lx {

enum class LastComponent : std::uint8_t {
  name,       // an ordinary name in directory()
  dot,        // "."
  dot_dot,    // ".."
  directory,  // nothing behind directory(): "/", or a magic link led to it
};

// RESOLVE_* of openat2. With the last one a walk meets only names that were met before (EAGAIN),
// and so changes nothing: the big lock may be shared.
inline constexpr std::uint64_t kResolveNoCrossing = 1, kResolveNoMagicLinks = 2, kResolveNoLinks = 4,
                               kResolveBeneath = 8, kResolveInRoot = 16, kResolveCached = 32;

class Walker {
 public:
  // The credentials must outlive the walker.
  Walker(Path start, Path root, const Credentials& who, std::uint64_t restrictions = 0)
      : at_(std::move(start)), root_(std::move(root)), who_(who), restrictions_(restrictions) {}

  // Walks up to the last component of `path`, which must outlive the walker. ENOENT for an empty path.
  Result<void> begin(std::string_view path);

  [[nodiscard]] const Path& directory() const { return at_; }
  [[nodiscard]] LastComponent last() const { return last_; }
  [[nodiscard]] std::string_view name() const { return name_; }
  [[nodiscard]] bool trailing_slash() const { return trailing_slash_; }

  // What the last component names; a symbolic link itself, not where it leads. ENOENT.
  Result<Path> lookup_last();
  // Where `link`, which the last component names, leads to: up to the last component of its target.
  Result<void> follow(const Path& link);

 private:
  Result<void> walk(std::string_view rest);
  Result<Path> child(std::string_view name);
  Result<void> up();
  Result<bool> enter_link(const Path& link, std::string_view rest);

  Path at_, root_;
  const Credentials& who_;
  std::uint64_t restrictions_;
  std::string text_;  // owns what is left to walk once a link was met
  std::string_view name_;
  LastComponent last_ = LastComponent::directory;
  bool trailing_slash_ = false;
  int links_ = 0;
};

// Goes over what is mounted on `path`.
void enter_mounts(Path& path);

// The whole way, from the process' root or working directory, or from `start`.
// With `follow` a final symbolic link is followed (one with a trailing slash always is).
Result<Path> walk(std::string_view path, bool follow = true);
Result<Path> walk_from(const Path& start, std::string_view path, bool follow = true, std::uint64_t restrictions = 0);
Result<Path> finish_walk(Walker& walker, bool follow);

}  // namespace tessera::lx
