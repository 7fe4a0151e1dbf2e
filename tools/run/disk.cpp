// SPDX-License-Identifier: Apache-2.0
#include "tools/run/disk.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>

namespace tessera::tools::run {
namespace {

constexpr std::uint64_t kSector = 512;

Result<void> set_driver(const std::string& driver) {
  if (driver == "virtio") return {};
  if (driver == "nvme" || driver == "ahci") return fail("--disk with driver=" + driver + " is not supported yet; driver=virtio is");
  return fail("--disk takes driver=virtio; '" + driver + "' is no driver");
}

// Takes one option off the end; false: there is none.
Result<bool> take_option(std::string& text, Disk& disk) {
  const std::size_t comma = text.rfind(',');
  if (comma == std::string::npos) return false;
  const std::string option = text.substr(comma + 1);
  if (option == "readonly") {
    disk.read_only = true;
  } else if (option.starts_with("driver=")) {
    TRY(set_driver(option.substr(std::strlen("driver="))));
  } else {
    return false;  // part of a name
  }
  text.resize(comma);
  return true;
}

Result<void> check_file(const Disk& disk) {
  const std::string what = "the disk '" + disk.file + "'";
  struct stat found{};
  if (::stat(disk.file.c_str(), &found) != 0) return fail(what + ": " + std::strerror(errno));
  if (S_ISDIR(found.st_mode)) return fail(what + " is a directory: an image file is expected, as mkfs.ext4 or truncate makes one");
  if (!S_ISREG(found.st_mode)) return fail(what + " is no regular file");
  if (found.st_size == 0) return fail(what + " is empty: truncate -s 64M FILE makes it larger");
  if (static_cast<std::uint64_t>(found.st_size) % kSector != 0) {
    return fail(what + " has " + std::to_string(found.st_size) + " bytes: a disk's size is a multiple of 512");
  }
  if (::access(disk.file.c_str(), R_OK) != 0) return fail(what + " cannot be read: " + std::strerror(errno));
  if (!disk.read_only && ::access(disk.file.c_str(), W_OK) != 0) {
    return fail(what + " cannot be written to: " + std::strerror(errno) + "; " + disk.file + ",readonly leaves it as it is");
  }
  return {};
}

// In a list of QEMU's a comma is doubled.
std::string quoted(const std::string& text) {
  std::string result;
  for (const char letter : text) result += letter == ',' ? std::string(",,") : std::string(1, letter);
  return result;
}

}  // namespace

Result<Disk> parse_disk(const std::string& text) {
  Disk disk;
  disk.file = text;
  while (TRY(take_option(disk.file, disk))) {
  }
  if (disk.file.empty()) return fail("--disk takes FILE[,driver=virtio][,readonly]; '" + text + "' names no file");
  TRY(check_file(disk));
  return disk;
}

std::vector<std::string> disk_words(const Disk& disk, std::size_t number) {
  const std::string id = "disk" + std::to_string(number);
  return {"-drive", "if=none,id=" + id + ",format=raw,discard=unmap" + (disk.read_only ? ",readonly=on" : "") + ",file=" + quoted(disk.file),
          "-device", "virtio-blk-pci,disable-legacy=on,drive=" + id + ",serial=" + id};
}

}  // namespace tessera::tools::run
