// SPDX-License-Identifier: Apache-2.0
#include "tools/image/host_program.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <filesystem>
#include <set>
#include <system_error>

#include "tools/image/dynamic.hpp"
#include "tools/image/host_files.hpp"
#include "tools/support/file.hpp"
#include "tools/support/words.hpp"

namespace tessera::tools::image {
namespace {

namespace fs = std::filesystem;

// Where ld.so looks without being told: a library found elsewhere must be here, too.
constexpr std::string_view kDefaultDirectory = "/usr/lib/x86_64-linux-gnu";

bool is_file(const std::string& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

// The host's directories of libraries: ld.so.conf's, then those that are built in.
std::vector<std::string> system_directories() {
  std::vector<std::string> directories;
  std::vector<std::string> files;
  std::error_code error;
  for (fs::directory_iterator at("/etc/ld.so.conf.d", error), end; !error && at != end; at.increment(error)) {
    files.push_back(at->path().string());
  }
  std::ranges::sort(files);
  for (const std::string& file : files) {
    for (const std::string& line : words_of(read_file(file).value_or(""), "\n")) {
      if (line.starts_with('/')) directories.push_back(line);
    }
  }
  for (const char* one : {"/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64", "/lib", "/usr/lib"}) {
    directories.emplace_back(one);
  }
  return directories;
}

bool built_in(const std::string& directory) {
  static constexpr std::array<std::string_view, 4> kBuiltIn{"/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib", "/usr/lib"};
  return std::ranges::find(kBuiltIn, directory) != kBuiltIn.end();
}

// Whether a system finds a program of that name. What the host has under it may be
// of little use alone (an interpreter without its modules), so that it is not added.
bool in_path(const Root& root, const std::string& name) {
  if (name.starts_with('-') || name.find_first_of("/=") != std::string::npos) return true;
  return std::ranges::any_of(std::to_array<std::string_view>({"/usr/local/sbin/", "/usr/local/bin/", "/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/"}),
                             [&](std::string_view directory) { return !root.resolve(std::string(directory) + name).empty(); });
}

class Closure {
 public:
  Closure(Root& root, const Machine& machine) : root_(root), machine_(machine) {}

  // A file of the host at its own path; what it needs is left to finish().
  Result<void> add(const std::string& path) {
    const std::string file = TRY(read_file(path));
    const auto dynamic = read_dynamic(file, machine_);
    if (!dynamic) return fail("cannot run " + path + ": " + dynamic.error().message);
    if (!root_.is_there(path)) TRY(add_host_files(root_, {path, path}));
    if (&machine_ != &kHost) return needs_nothing_of_here(path, *dynamic);
    if (!dynamic->interpreter.empty() && seen_.insert(dynamic->interpreter).second) {
      if (!is_file(dynamic->interpreter)) return fail(path + " needs the interpreter " + dynamic->interpreter + ", which is not on this machine");
      if (!root_.is_there(dynamic->interpreter)) TRY(add_host_files(root_, {dynamic->interpreter, dynamic->interpreter}));
    }
    for (const std::string& name : dynamic->needed) {
      if (seen_.insert(name).second) left_.push_back({name, path, directories_of(path, dynamic->library_path)});
    }
    return {};
  }

  Result<void> finish() {
    while (!left_.empty()) {
      const Wanted wanted = std::move(left_.front());
      left_.pop_front();
      TRY(find(wanted));
    }
    return {};
  }

 private:
  struct Wanted {
    std::string name;
    std::string by;
    std::vector<std::string> directories;  // those of the file that wants it
  };

  // Of another machine's program the libraries are not here: packages bring them.
  Result<void> needs_nothing_of_here(const std::string& path, const Dynamic& dynamic) const {
    if (dynamic.interpreter.empty() || !root_.resolve(dynamic.interpreter).empty()) return {};
    return fail(path + " needs the interpreter " + dynamic.interpreter + ", which is not in the system; --package libc6 adds it");
  }

  static std::vector<std::string> directories_of(const std::string& path, const std::string& list) {
    std::vector<std::string> directories;
    for (std::string one : words_of(list, ":")) {
      for (const std::string_view origin : {"$ORIGIN", "${ORIGIN}"}) {
        if (const std::size_t at = one.find(origin); at != std::string::npos) one.replace(at, origin.size(), parent_of(path));
      }
      directories.push_back(fs::path(one).lexically_normal().string());
    }
    return directories;
  }

  Result<void> find(const Wanted& wanted) {
    if (wanted.name.find('/') != std::string::npos) return add(wanted.name);
    for (const std::string& directory : wanted.directories) {
      if (is_file(directory + "/" + wanted.name)) return add(directory + "/" + wanted.name);
    }
    for (const std::string& directory : system_) {
      const std::string path = directory + "/" + wanted.name;
      if (!is_file(path)) continue;
      TRY(add(path));
      const std::string usual = std::string(kDefaultDirectory) + "/" + wanted.name;
      if (!built_in(directory) && !root_.is_there(usual)) TRY(root_.put_link(usual, path));
      return {};
    }
    return fail(wanted.by + " needs the library " + wanted.name + ", which is not on this machine");
  }

  Root& root_;
  const Machine& machine_;
  std::set<std::string> seen_;
  std::deque<Wanted> left_;
  std::vector<std::string> system_ = system_directories();
};

}  // namespace

Result<std::string> add_host_program(Root& root, const std::string& path, const Machine& machine) {
  std::error_code error;
  const std::string full = fs::absolute(path, error).lexically_normal().string();
  const std::string file = TRY(read_file(full));
  Closure closure(root, machine);
  if (is_elf(file)) {
    TRY(closure.add(full));
  } else if (file.starts_with("#!")) {
    TRY(add_host_files(root, {full, full}));
    const auto words = words_of(file.substr(2, file.find('\n') - 2), " \t");
    if (words.empty()) return fail(path + ": its first line names no interpreter");
    if (name_of(words.front()) == "env" && words.size() > 1 && !in_path(root, words[1])) {
      return fail(path + " runs " + words[1] + ", which is not in the system; --package adds Debian packages");
    }
    if (root.resolve(words.front()).empty()) {
      const std::string interpreter = TRY(add_host_program(root, words.front(), machine));
    }
  } else {
    return fail("cannot run " + path + ": it is neither an ELF file nor a script that begins with #!");
  }
  TRY(closure.finish());
  return full;
}

}  // namespace tessera::tools::image
