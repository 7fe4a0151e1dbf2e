// SPDX-License-Identifier: Apache-2.0
// Files and directories of the host copied into a root file system.
#include "tools/image/host_files.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <vector>

#include "tools/support/file.hpp"

namespace tessera::tools::image {
namespace {

namespace fs = std::filesystem;

Result<void> add_one(Root& root, const std::string& host, const std::string& guest, bool follow);

Result<void> add_children(Root& root, const std::string& host, const std::string& guest) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator at(host, error), end; !error && at != end; at.increment(error)) {
    names.push_back(at->path().filename().string());
  }
  if (error) return fail("cannot list " + host + ": " + error.message());
  std::ranges::sort(names);
  for (const std::string& name : names) {
    TRY(add_one(root, host + "/" + name, (guest == "/" ? "" : guest) + "/" + name, false));
  }
  return {};
}

// Links inside of a directory stay links; one named on the command line is followed.
Result<void> add_one(Root& root, const std::string& host, const std::string& guest, bool follow) {
  struct stat status = {};
  if ((follow ? ::stat(host.c_str(), &status) : ::lstat(host.c_str(), &status)) != 0) return fail_errno("cannot add " + host);
  Node node{.permissions = static_cast<std::uint32_t>(status.st_mode & 07777),
            .mtime = static_cast<std::uint64_t>(std::max<std::int64_t>(status.st_mtime, 0))};
  if (S_ISDIR(status.st_mode)) {
    node.type = NodeType::directory;
    // The root itself keeps its own permissions.
    if (guest != "/") TRY(root.put(guest, std::move(node)));
    return add_children(root, host, guest);
  }
  if (S_ISLNK(status.st_mode)) {
    std::error_code error;
    node.type = NodeType::link;
    node.target = fs::read_symlink(host, error).string();
    if (error) return fail("cannot read the link " + host + ": " + error.message());
    return root.put(guest, std::move(node));
  }
  if (!S_ISREG(status.st_mode)) return fail("cannot add " + host + ": only files, directories and links can be added");
  node.type = NodeType::file;
  node.content = content_of(TRY(read_file(host)));
  return root.put(guest, std::move(node));
}

}  // namespace

Result<Addition> parse_addition(const std::string& text) {
  const std::size_t split = text.rfind(":/");
  if (split == std::string::npos || split == 0) {
    return fail("--add takes HOST:GUEST, where GUEST is an absolute path in the system; '" + text + "' is not");
  }
  Addition addition{text.substr(0, split), text.substr(split + 1)};
  const bool into = addition.guest.ends_with('/');
  addition.guest = TRY(normal_path(addition.guest));
  while (addition.host.size() > 1 && addition.host.ends_with('/')) addition.host.pop_back();
  std::error_code error;
  const bool directory = fs::is_directory(addition.host, error);
  if (into && !directory) addition.guest = (addition.guest == "/" ? "" : addition.guest) + "/" + name_of(addition.host);
  return addition;
}

Result<void> add_host_files(Root& root, const Addition& addition) {
  return add_one(root, addition.host, addition.guest, true);
}

}  // namespace tessera::tools::image
