// SPDX-License-Identifier: Apache-2.0
// Debian packages by apt-get download and dpkg-deb.
#include "tools/image/packages.hpp"

#include <algorithm>
#include <deque>
#include <filesystem>
#include <set>
#include <system_error>

#include "tools/image/base.hpp"
#include "tools/image/tar.hpp"
#include "tools/support/file.hpp"
#include "tools/support/process.hpp"
#include "tools/support/temporary.hpp"

namespace tessera::tools::image {
namespace {

std::vector<std::string> words_of(std::string_view text, std::string_view separators) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(separators), text.size());
    if (end != 0) words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

Result<std::string> control_field(const std::string& deb, const std::string& field) {
  std::string text = TRY(run_program({{"dpkg-deb", "-f", deb, field}, ""}));
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

// The one .deb in a directory.
Result<std::string> only_file(const std::string& directory) {
  std::error_code error;
  for (std::filesystem::directory_iterator at(directory, error), end; !error && at != end; at.increment(error)) {
    if (at->path().extension() == ".deb") return at->path().filename().string();
  }
  return fail("apt-get left no .deb in " + directory);
}

}  // namespace

std::vector<std::string> parse_dependencies(std::string_view line) {
  std::vector<std::string> packages;
  for (const std::string& group : words_of(line, ",")) {
    // "libc6 (>= 2.36)", "debconf (>= 0.5) | debconf-2.0", "perl:any"
    const auto names = words_of(group, " \n|(:");
    if (!names.empty()) packages.push_back(names.front());
  }
  return packages;
}

Result<std::string> PackageCache::known(const std::string& package) const {
  const auto versions = read_file(directory_ + "/versions");
  if (!versions) return std::string();
  for (const std::string& line : words_of(*versions, "\n")) {
    const auto words = words_of(line, " ");
    std::error_code error;
    if (words.size() == 3 && words[0] == package && std::filesystem::exists(directory_ + "/" + words[2], error)) {
      return directory_ + "/" + words[2];
    }
  }
  return std::string();
}

Result<std::string> PackageCache::fetch(const std::string& package) const {
  if (std::string deb = TRY(known(package)); !deb.empty()) return deb;
  TRY(make_directories(directory_));
  const TemporaryDirectory temporary = TRY(TemporaryDirectory::make(directory_));
  // apt drops its privileges for downloads when it can; it cannot in our directory and would say so.
  if (auto fetched = run_program({{"apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", package}, temporary.path()});
      !fetched) {
    return fail("cannot fetch the Debian package '" + package + "' (is the name right, and is there a network? " +
                "`apt-get update` may help): " + fetched.error().message);
  }
  const std::string file = TRY(only_file(temporary.path()));
  const std::string deb = directory_ + "/" + file;
  TRY(copy_file(temporary.path() + "/" + file, deb));
  const std::string version = TRY(control_field(deb, "Version"));
  std::string versions = read_file(directory_ + "/versions").value_or("");
  versions += package + " " + version + " " + file + "\n";
  TRY(write_file(directory_ + "/versions", versions));
  return deb;
}

// The files of a package as tar, kept unpacked: it is read at every start.
Result<std::string> PackageCache::archive_of(const std::string& deb) const {
  const std::string tar = deb + ".tar";
  if (auto kept = read_file(tar)) return kept;
  std::string archive = TRY(run_program({{"dpkg-deb", "--fsys-tarfile", deb}, ""}));
  TRY(write_file(tar, archive));
  return archive;
}

Result<void> PackageCache::add(Root& root, const std::vector<std::string>& packages) const {
  std::deque<std::string> left(packages.begin(), packages.end());
  std::set<std::string> seen(left.begin(), left.end());
  while (!left.empty()) {
    const std::string package = left.front();
    left.pop_front();
    const std::string deb = TRY(fetch(package));
    const std::string archive = TRY(archive_of(deb));
    if (auto added = add_tar(root, archive); !added) return fail(deb + ": " + added.error().message);
    const std::string needed = TRY(control_field(deb, "Pre-Depends")) + "," + TRY(control_field(deb, "Depends"));
    for (const std::string& one : parse_dependencies(needed)) {
      if (seen.insert(one).second) left.push_back(one);
    }
  }
  if (const Node* busybox = root.find("/bin/busybox"); busybox != nullptr && busybox->type == NodeType::file) {
    const TemporaryDirectory temporary = TRY(TemporaryDirectory::make(directory_));
    const std::string program = temporary.path() + "/busybox";
    TRY(write_file(program, *busybox->content));
    std::error_code error;
    std::filesystem::permissions(program, std::filesystem::perms::owner_all, error);
    TRY(add_busybox_links(root, program));
  }
  return {};
}

}  // namespace tessera::tools::image
