// SPDX-License-Identifier: Apache-2.0
// root-tree CACHE DIRECTORY [--arch aarch64] [--package A,B | HOST:GUEST]...: the root file system of
// systems/shell.toml as files on this machine, made by the code that makes the
// image. CACHE is the image builder's package cache.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <iterator>
#include <map>
#include <span>
#include <string>

#include "tools/image/base.hpp"
#include "tools/image/host_files.hpp"
#include "tools/image/packages.hpp"
#include "tools/support/arguments.hpp"
#include "tools/support/file.hpp"
#include "tools/support/words.hpp"

namespace tessera::tests {
namespace {

using tools::fail_errno;
using tools::Result;
using tools::image::Node;
using tools::image::NodeType;

Result<tools::image::Root> build(const std::string& cache, std::span<const std::string> additions) {
  tools::image::Root root;
  TRY(tools::image::add_base(root, "tessera"));
  std::vector<std::string> packages{"busybox-static"};
  const bool arm = additions.size() > 1 && additions[0] == "--arch" && additions[1] == "aarch64";
  if (arm) additions = additions.subspan(2);
  for (std::size_t i = 0; i + 1 < additions.size(); ++i) {
    if (additions[i] == "--package") std::ranges::copy(tools::words_of(additions[i + 1], ","), std::back_inserter(packages));
  }
  TRY(tools::image::PackageCache(cache, arm ? tools::image::kAarch64 : tools::image::kHost).add(root, packages));
  for (std::size_t i = 0; i < additions.size(); ++i) {
    const std::string& one = additions[i];
    if (one == "--package") {
      ++i;
      continue;
    }
    const auto addition = TRY(tools::image::parse_addition(one));
    TRY(tools::image::add_host_files(root, addition));
  }
  return root;
}

// Owners are set where we may: in a user namespace with one user all is root's.
Result<void> set_attributes(const std::string& file, const Node& node) {
  static_cast<void>(!::lchown(file.c_str(), node.uid, node.gid));
  if (node.type != NodeType::link && ::chmod(file.c_str(), node.permissions) != 0) return fail_errno(file);
  const struct timespec when = {.tv_sec = static_cast<time_t>(node.mtime), .tv_nsec = 0};
  const std::array<timespec, 2> both{when, when};
  if (::utimensat(AT_FDCWD, file.c_str(), both.data(), AT_SYMLINK_NOFOLLOW) != 0) return fail_errno(file);
  return {};
}

Result<void> write_tree(const tools::image::Root& root, const std::string& directory) {
  std::map<const std::string_view*, std::string> written;  // content -> first name, for hard links
  for (const auto& [path, node] : root.nodes()) {
    const std::string file = path == "/" ? directory : directory + path;
    switch (node.type) {
      case NodeType::directory:
        if (::mkdir(file.c_str(), 0755) != 0 && errno != EEXIST) return fail_errno(file);
        break;
      case NodeType::link:
        if (::symlink(node.target.c_str(), file.c_str()) != 0) return fail_errno(file);
        break;
      case NodeType::file: {
        const auto [first, is_new] = written.emplace(node.content.get(), file);
        if (is_new) {
          TRY(tools::write_file(file, *node.content));
        } else if (::link(first->second.c_str(), file.c_str()) != 0) {
          return fail_errno(file);
        }
        break;
      }
    }
  }
  // The deepest first: filling a directory would change its time.
  for (auto at = root.nodes().rbegin(); at != root.nodes().rend(); ++at) {
    TRY(set_attributes(at->first == "/" ? directory : directory + at->first, at->second));
  }
  return {};
}

int run(std::span<const std::string> words) {
  if (words.size() < 3) {
    std::fputs("usage: root-tree CACHE DIRECTORY [HOST:GUEST...]\n", stderr);
    return 2;
  }
  const auto root = build(words[1], words.subspan(3));
  const auto written = root ? write_tree(*root, words[2]) : std::unexpected(root.error());
  if (written) return 0;
  std::fprintf(stderr, "root-tree: %s\n", written.error().message.c_str());
  return 1;
}

}  // namespace
}  // namespace tessera::tests

int main(int count, char** values) { return tessera::tests::run(tessera::tools::arguments(count, values)); }
