// SPDX-License-Identifier: Apache-2.0
#include "tools/image/apt.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "tools/support/file.hpp"
#include "tools/support/process.hpp"
#include "tools/support/size.hpp"
#include "tools/support/suggest.hpp"
#include "tools/support/words.hpp"

namespace tessera::tools::image {
namespace {

bool is_host(const Machine& machine) { return &machine == &kHost; }

// Where the package lists of another machine are: the host's apt knows nothing of it.
std::string lists_of(const std::string& directory) { return directory + "/lists"; }

// An empty file where apt looks for what is installed makes it look for all. Nothing
// of the host is locked or changed; downloads need no user of their own.
Result<Command> command_of(const std::string& program, const std::string& directory, const Machine& machine,
                           const std::vector<std::string>& words) {
  TRY(make_directories(directory + "/archives/partial"));
  TRY(write_file_if_changed(directory + "/nothing-installed", ""));
  Command command{{program, "-q", "-o", "Dir::State::status=" + directory + "/nothing-installed", "-o",
                   "Dir::Cache=" + directory, "-o", "Debug::NoLocking=1", "-o", "APT::Sandbox::User=root", "-o",
                   "APT::Install-Recommends=0", "-o", "APT::Get::List-Cleanup=0"},
                  "",
                  {{"LC_ALL", "C"}}};
  if (!is_host(machine)) {
    const std::string name(machine.debian);
    TRY(make_directories(lists_of(directory) + "/partial"));
    command.words.insert(command.words.end(), {"-o", "APT::Architecture=" + name, "-o", "APT::Architectures::=" + name, "-o",
                                               "Dir::State::lists=" + lists_of(directory)});
  }
  command.words.insert(command.words.end(), words.begin(), words.end());
  return command;
}

Result<Command> apt_install(const std::string& directory, const Machine& machine, std::vector<std::string> words,
                            const std::vector<std::string>& packages) {
  words.insert(words.end(), {"-y", "install", "--"});
  words.insert(words.end(), packages.begin(), packages.end());
  return command_of("apt-get", directory, machine, words);
}

// "E: Unable to locate package bsah" and its like: the name, or "".
std::string missing_name(std::string_view message) {
  for (const std::string_view before : {"Unable to locate package ", "Package '"}) {
    const std::size_t at = message.find(before);
    if (at == std::string_view::npos) continue;
    message.remove_prefix(at + before.size());
    return std::string(message.substr(0, message.find_first_of("'\n ")));
  }
  return "";
}

// Of apt's messages the first error: the others follow from it.
std::string first_error(const std::string& message) {
  const std::size_t at = message.find("E: ");
  return at == std::string::npos ? message : message.substr(at + 3, message.find('\n', at) - at - 3);
}

Failure explain(const std::string& message) {
  const std::string name = missing_name(message);
  if (name.empty()) return Failure{"apt cannot resolve the packages: " + first_error(message)};
  std::vector<std::string> known;
  if (const auto names = run_program({{"apt-cache", "pkgnames"}, ""})) known = words_of(*names, "\n");
  if (known.empty()) return Failure{"there are no package lists on this machine: `apt-get update` fetches them"};
  const std::string near = nearest(name, known);
  return Failure{"there is no Debian package '" + name + "'" + (near.empty() ? "" : ", did you mean '" + near + "'?")};
}

void show(const std::string& line);

// Once: who wants newer lists removes the directory.
Result<void> fetch_lists(const std::string& directory, const Machine& machine) {
  const std::string done = directory + "/lists-fetched";
  if (is_host(machine) || read_file(done)) return {};
  show("fetching the package lists of Debian for " + std::string(machine.debian));
  if (auto fetched = run_program(TRY(command_of("apt-get", directory, machine, {"update"}))); !fetched)
    return fail("cannot fetch the package lists of Debian for " + std::string(machine.debian) + ": " + first_error(fetched.error().message));
  return write_file(done, "");
}

void show(const std::string& line) {
  // On a terminal one line that changes; else a line each.
  const bool terminal = ::isatty(STDERR_FILENO) != 0;
  std::fprintf(stderr, terminal ? "\r\033[Ktessera: %s" : "tessera: %s\n", line.c_str());
}

}  // namespace

std::vector<Archive> parse_uris(std::string_view text) {
  std::vector<Archive> archives;
  for (const std::string& line : words_of(text, "\n")) {
    const auto words = words_of(line, " ");
    if (words.size() < 3 || !line.starts_with('\'') || !words[1].ends_with(".deb")) continue;
    if (words[1].find('/') != std::string::npos) continue;
    const auto bytes = parse_number(words[2]);
    if (!bytes) continue;
    archives.push_back({words[1].substr(0, words[1].find('_')), words[1], *bytes});
  }
  return archives;
}

Result<Command> apt_command(const std::string& program, const std::string& directory, const Machine& machine,
                            const std::vector<std::string>& words) {
  TRY(fetch_lists(directory, machine));
  return command_of(program, directory, machine, words);
}

Result<std::vector<Archive>> resolve_packages(const std::vector<std::string>& packages, const std::string& directory,
                                              const Machine& machine) {
  TRY(fetch_lists(directory, machine));
  // apt leaves out what is in its cache already: it gets to see an empty one.
  TRY(make_directories(directory + "/no-archives/partial"));
  const auto printed =
      run_program(TRY(apt_install(directory, machine, {"--print-uris", "-o", "Dir::Cache::archives=" + directory + "/no-archives"}, packages)));
  if (!printed) return std::unexpected(explain(printed.error().message));
  return parse_uris(*printed);
}

Result<void> fetch_packages(const std::vector<std::string>& packages, const std::vector<Archive>& missing,
                            const std::string& directory, const Machine& machine) {
  std::uint64_t bytes = 0;
  for (const Archive& one : missing) bytes += one.bytes;
  const std::string all = std::to_string(missing.size());
  show("fetching " + all + " Debian packages, " + std::to_string((bytes + 999'999) / 1'000'000) + " MB");
  // "Get:3 URL bookworm/main amd64 libtinfo6 amd64 6.4-4 [331 kB]"
  const auto progress = [&](std::string_view line) {
    if (!line.starts_with("Get:")) return;
    const auto words = words_of(line, " ");
    if (words.size() > 4) show(words[0].substr(4) + " of " + all + ": " + words[4]);
  };
  const auto done = run_program(TRY(apt_install(directory, machine, {"--download-only"}, packages)), progress);
  if (::isatty(STDERR_FILENO) != 0) std::fputs("\r\033[K", stderr);
  if (done) return {};
  return fail("cannot fetch the Debian packages, which are not in the cache yet (is there a network? `apt-get update` may help): " +
              first_error(done.error().message));
}

}  // namespace tessera::tools::image
