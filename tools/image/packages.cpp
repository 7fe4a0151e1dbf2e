// SPDX-License-Identifier: Apache-2.0
#include "tools/image/packages.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <filesystem>
#include <format>
#include <system_error>

#include "tools/image/base.hpp"
#include "tools/image/settings.hpp"
#include "tools/image/tar.hpp"
#include "tools/support/file.hpp"
#include "tools/support/hash64.hpp"
#include "tools/support/mapped_file.hpp"
#include "tools/support/process.hpp"
#include "tools/support/size.hpp"
#include "tools/support/temporary.hpp"
#include "tools/support/unique_fd.hpp"
#include "tools/support/words.hpp"

namespace tessera::tools::image {
namespace {

// A file of sets/: the packages asked for, then "FILE BYTES" for each archive.
std::string set_text(const std::string& asked, const std::vector<Archive>& archives) {
  std::string text = asked + "\n";
  for (const Archive& one : archives) text += one.file + " " + std::to_string(one.bytes) + "\n";
  return text;
}

// Empty when the file is of another set, or not one of ours.
std::vector<Archive> read_set(const std::string& file, const std::string& asked) {
  const auto text = read_file(file);
  if (!text || !text->starts_with(asked + "\n")) return {};
  std::vector<Archive> archives;
  for (const std::string& line : words_of(std::string_view(*text).substr(asked.size()), "\n")) {
    const auto words = words_of(line, " ");
    const auto bytes = words.size() == 2 ? parse_number(words[1]) : std::nullopt;
    if (!bytes) return {};
    archives.push_back({words[0].substr(0, words[0].find('_')), words[0], *bytes});
  }
  return archives;
}

bool is_there(const std::string& file, std::uint64_t bytes) {
  std::error_code error;
  return std::filesystem::file_size(file, error) == bytes && !error;
}

// Two runs at a time must not fetch at a time.
Result<UniqueFd> lock_directory(const std::string& directory) {
  TRY(make_directories(directory));
  UniqueFd lock(::open((directory + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  while (lock.valid() && ::flock(lock.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return fail_errno("cannot lock " + directory);
  }
  if (!lock.valid()) return fail_errno("cannot open " + directory + "/lock");
  return lock;
}

// Debian's programs count on these without saying so: a shell, locales, terminal descriptions.
std::vector<std::string> with_essentials(std::vector<std::string> packages) {
  // Debian has one busybox or the other; the manifest's gives way to the one asked for.
  if (std::ranges::contains(packages, "busybox")) std::erase(packages, "busybox-static");
  if (std::ranges::any_of(packages, [](const std::string& one) { return one != "busybox-static"; })) {
    packages.insert(packages.end(), {"dash", "libc-bin", "ncurses-base"});
  }
  return packages;
}

}  // namespace

Result<std::vector<Archive>> PackageCache::needed(const std::vector<std::string>& packages) const {
  std::string asked;
  for (const std::string& one : packages) asked += (asked.empty() ? "" : " ") + one;
  const std::string file = directory_ + "/sets/" + std::format("{:016x}", hash64(asked));
  const auto missing_of = [&](const std::vector<Archive>& all) {
    std::vector<Archive> missing;
    std::ranges::copy_if(all, std::back_inserter(missing),
                         [&](const Archive& one) { return !is_there(file_of(one), one.bytes); });
    return missing;
  };
  std::vector<Archive> archives = read_set(file, asked);
  if (!archives.empty() && missing_of(archives).empty()) return archives;
  const UniqueFd lock = TRY(lock_directory(directory_));
  // What was resolved long ago may be gone from Debian's servers: by now other versions are right.
  archives = TRY(resolve_packages(packages, directory_, machine_));
  if (const auto missing = missing_of(archives); !missing.empty()) TRY(fetch_packages(packages, missing, directory_, machine_));
  TRY(make_directories(directory_ + "/sets"));
  TRY(write_file_if_changed(file, set_text(asked, archives)));
  return archives;
}

// The files are kept unpacked: they are read at every start.
Result<void> PackageCache::add_archive(Root& root, const Archive& archive, std::vector<Alternative>& alternatives) const {
  const std::string deb = file_of(archive), tar = deb + ".tar", script = deb + ".postinst";
  std::error_code error;
  if (!std::filesystem::exists(script, error)) {
    const std::string files = TRY(run_program({{"dpkg-deb", "--fsys-tarfile", deb}, ""}));
    TRY(write_file(tar, files));
    // Many packages have no such script; that is all that can fail here.
    TRY(write_file(script, run_program({{"dpkg-deb", "--info", deb, "postinst"}, ""}).value_or("")));
  }
  const auto files = TRY(MappedFile::open(tar));
  if (auto added = add_tar(root, files->bytes(), files); !added) return fail(deb + ": " + added.error().message);
  std::ranges::copy(parse_alternatives(TRY(read_file(script))), std::back_inserter(alternatives));
  return {};
}

// Debian builds busybox from one source for all machines.
Result<std::string> PackageCache::runnable_busybox(const Node& busybox) const {
  if (&machine_ == &kHost) return std::string(*busybox.content);
  const PackageCache host(host_directory_);
  Root root;
  std::vector<Alternative> alternatives;
  for (const Archive& one : TRY(host.needed({"busybox-static"}))) TRY(host.add_archive(root, one, alternatives));
  const Node* const other = root.find(root.resolve("/bin/busybox"));
  if (other == nullptr || other->type != NodeType::file) return fail("the package busybox-static has no /bin/busybox");
  return std::string(*other->content);
}

Result<void> PackageCache::add(Root& root, std::vector<std::string> packages) const {
  if (packages.empty()) return {};
  packages = with_essentials(std::move(packages));
  std::ranges::sort(packages);
  packages.erase(std::ranges::unique(packages).begin(), packages.end());
  std::vector<Alternative> alternatives;
  for (const Archive& one : TRY(needed(packages))) TRY(add_archive(root, one, alternatives));
  std::ranges::copy(java_alternatives(root), std::back_inserter(alternatives));
  TRY(add_alternatives(root, std::move(alternatives)));
  TRY(add_settings(root));
  // Names that nothing else took.
  const std::string path = root.resolve("/bin/busybox");
  if (const Node* busybox = path.empty() ? nullptr : root.find(path); busybox != nullptr && busybox->type == NodeType::file) {
    const TemporaryDirectory temporary = TRY(TemporaryDirectory::make(directory_));
    const std::string program = temporary.path() + "/busybox";
    const std::string runnable = TRY(runnable_busybox(*busybox));
    TRY(write_file(program, runnable));
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
    TRY(add_busybox_links(root, program, *busybox->content));
  }
  return {};
}

}  // namespace tessera::tools::image
