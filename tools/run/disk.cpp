// SPDX-License-Identifier: Apache-2.0
#include "tools/run/disk.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>

namespace tessera::tools::run {
namespace {

using manifest::DiskKind;

constexpr std::uint64_t kSector = 512;

std::optional<DiskKind> kind_of(std::string_view text) {
  if (text == "virtio") return DiskKind::virtio;
  if (text == "nvme") return DiskKind::nvme;
  if (text == "ahci") return DiskKind::ahci;
  return std::nullopt;
}

// Takes one option off the end; false: there is none.
Result<bool> take_option(std::string& text, Disk& disk) {
  const std::size_t comma = text.rfind(',');
  if (comma == std::string::npos) return false;
  constexpr std::string_view kDriver = "driver=";
  const std::string option = text.substr(comma + 1);
  const bool named = option.starts_with(kDriver);
  if (option == "readonly") {
    disk.read_only = true;
  } else if (option == "together") {
    disk.together = true;
  } else if (const auto kind = kind_of(named ? option.substr(kDriver.size()) : option)) {
    disk.kind = *kind;
  } else if (named) {
    return fail("--disk takes driver=virtio, nvme or ahci; '" + option.substr(kDriver.size()) + "' is no driver");
  } else {
    return false;  // part of a name
  }
  text.resize(comma);
  return true;
}

// In a list of QEMU's a comma is doubled.
std::string quoted(const std::string& text) {
  std::string result;
  for (const char letter : text) result += letter == ',' ? std::string(",,") : std::string(1, letter);
  return result;
}

Result<Disk> parse(const std::string& text, const std::string& option) {
  Disk disk;
  disk.file = text;
  while (TRY(take_option(disk.file, disk))) {
  }
  if (disk.file.empty()) return fail(option + " takes FILE[,virtio|nvme|ahci][,readonly][,together]; '" + text + "' names no file");
  return disk;
}

}  // namespace

Result<void> check_disk(const Disk& disk) {
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
  if (!disk.read_only && !disk.thrown_away && ::access(disk.file.c_str(), W_OK) != 0) {
    return fail(what + " cannot be written to: " + std::strerror(errno) + "; " + disk.file + ",readonly leaves it as it is");
  }
  return {};
}

Result<Disk> parse_disk(const std::string& text) {
  Disk disk = TRY(parse(text, "--disk"));
  TRY(check_disk(disk));
  return disk;
}

Result<Disk> parse_root_disk(const std::string& text) { return parse(text, "--disk-image"); }

std::vector<std::string> disk_words(const Disk& disk, std::size_t number, bool iommu) {
  const std::string text = std::to_string(number), id = "disk" + text;
  // QEMU has no SATA disk that cannot be written: what is written is thrown away with the machine, and its driver writes nothing.
  const std::string spared = !disk.read_only ? "" : disk.kind == DiskKind::ahci ? ",snapshot=on" : ",readonly=on";
  const std::string fate = disk.thrown_away && !disk.read_only ? ",snapshot=on" : spared;
  std::vector<std::string> words{"-drive", "if=none,id=" + id + ",format=raw,discard=unmap" + fate + ",file=" + quoted(disk.file), "-device"};
  const std::string common = ",drive=" + id + ",serial=" + id;
  switch (disk.kind) {
    case DiskKind::virtio: words.push_back("virtio-blk-pci,disable-legacy=on" + behind_iommu(iommu) + common); break;
    case DiskKind::nvme: words.push_back("nvme" + common); break;
    case DiskKind::ahci: words.insert(words.end(), {"ich9-ahci,id=ahci" + text, "-device", "ide-hd,bus=ahci" + text + ".0" + common}); break;
  }
  return words;
}

}  // namespace tessera::tools::run
