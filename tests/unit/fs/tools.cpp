// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/fs/tools.hpp"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <sstream>

namespace tessera::test {

namespace {
struct Scratch {
  std::string path;
  Scratch() : path((std::filesystem::temp_directory_path() / ("tessera-fs-" + std::to_string(getpid()))).string()) {
    std::filesystem::create_directories(path);
  }
  ~Scratch() {
    if (std::getenv("TESSERA_KEEP") == nullptr) std::filesystem::remove_all(path);
  }
};
}  // namespace

const std::string& scratch() {
  static const Scratch folder;
  return folder.path;
}

Ran shell(const std::string& command) {
  Ran ran;
  FILE* const pipe = popen(("PATH=$PATH:/usr/sbin:/sbin; " + command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return {.status = -1, .output = "no shell"};
  std::array<char, 4096> part{};
  for (std::size_t count = 0; (count = std::fread(part.data(), 1, part.size(), pipe)) != 0;) ran.output.append(part.data(), count);
  ran.status = pclose(pipe);
  return ran;
}

std::vector<std::byte> make_image(const std::string& options, unsigned kib, const std::string& from) {
  const std::string path = scratch() + "/made.img";
  std::filesystem::remove(path);
  const std::string folder = from.empty() ? "" : " -d " + from;
  const Ran ran = shell("mkfs.ext4 -q -F " + options + folder + " " + path + " " + std::to_string(kib) + "k");
  if (ran.status != 0) {
    std::fprintf(stderr, "mkfs.ext4 (package e2fsprogs) %s: %s\n", options.c_str(), ran.output.c_str());
    std::exit(1);
  }
  return read_file(path);
}

std::vector<std::byte> make_fat(const std::string& options, unsigned kib, const std::string& from) {
  const std::string path = scratch() + "/made.img";
  std::filesystem::remove(path);
  const std::string copied = from.empty() ? "" : " && LC_ALL=C.UTF-8 mcopy -s -p -m -i " + path + " " + from + "/* ::";
  const Ran ran = shell("mkfs.fat " + options + " -C " + path + " " + std::to_string(kib) + copied);
  if (ran.status != 0) {
    std::fprintf(stderr, "mkfs.fat (package dosfstools) %s, mcopy (package mtools): %s\n", options.c_str(), ran.output.c_str());
    std::exit(1);
  }
  return read_file(path);
}

namespace {
std::string checked_by(const std::string& checker, const std::vector<std::byte>& image) {
  const std::string path = scratch() + "/checked.img";
  write_file(path, image);
  const Ran ran = shell(checker + " " + path);
  return ran.status == 0 ? std::string() : ran.output;
}
}  // namespace

std::string check_image(const std::vector<std::byte>& image) { return checked_by("e2fsck -fn", image); }
std::string check_fat(const std::vector<std::byte>& image) { return checked_by("fsck.fat -n", image); }

namespace {

// A line of fsck.fat about what may be after a loss of power: the mark of it, which the backup of the boot sector has not,
// tables that differ, lost clusters, a count of free ones that is not right, a chain longer than its file.
bool is_allowed(const std::string& line) {
  for (const char* const part :
       {"fsck.fat ", "Dirty bit is set", "Automatically removing dirty bit", "unused cluster", "Reclaim", "Free cluster summary", "free cluster",
        "Auto-setting", "cluster chain length is >", "Truncating file to", "FATs differ but appear to be intact", "Using first FAT", "files, ",
        "mostly harmless", "65:01/00", "Auto-correcting", "Not auto-correcting", "Leaving filesystem unchanged", "*** Filesystem was changed ***", "Fix", "There are differences", "Not automatically fixing"}) {
    if (line.contains(part)) return true;
  }
  return line.empty() || line.starts_with('/');
}

}  // namespace

std::string crashed_fat_complaints(const std::vector<std::byte>& image) {
  const std::string said = check_fat(image);
  // What was being renamed may have both names, and one is cut off by fsck.fat itself.
  const bool two_names = said.contains("share clusters");
  std::istringstream lines(said);
  std::string all;
  for (std::string line; std::getline(lines, line);) {
    const bool of_two = line.contains("share clusters") || line.contains("Truncating second to 0 bytes") || line.contains("cluster chain length is 0 bytes");
    if (!is_allowed(line) && !(two_names && of_two)) all += line + "\n";
  }
  return all;
}

std::string make_tree(const std::string& name) {
  const std::string root = scratch() + "/" + name;
  const Ran ran = shell("set -e; mkdir -p " + root + "; cd " + root + R"(
    mkdir -p empty many deep/a/b/c/d
    for i in $(seq 1 700); do echo "number $i" > many/file-with-a-longer-name-$i; done
    printf '' > nothing; printf x > one; head -c 4096 /dev/urandom > block; head -c 1234567 /dev/urandom > large
    printf head > sparse; truncate -s 9000000 sparse; printf tail >> sparse
    for i in $(seq 0 9 600); do printf part$i | dd of=holes bs=4096 seek=$i conv=notrunc status=none; done
    ln -s one short; ln -s $(printf 'l%.0s' $(seq 1 200)) long; ln large hard; mkfifo fifo
    echo deep > deep/a/b/c/d/file; chmod 640 one; touch -d '2100-01-01 12:34:56.789' block; touch -d '1960-02-03' nothing)");
  if (ran.status != 0) {
    std::fprintf(stderr, "making a tree: %s\n", ran.output.c_str());
    std::exit(1);
  }
  return root;
}

}  // namespace tessera::test
