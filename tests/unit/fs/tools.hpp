// SPDX-License-Identifier: Apache-2.0
// The host's own tools as oracles: mkfs.ext4, e2fsck, debugfs; mkfs.fat, fsck.fat, mcopy.
#pragma once

#include <string>
#include <vector>

#include "tests/unit/fs/image_device.hpp"

namespace tessera::test {

// A folder of this run, removed at the end of the program.
[[nodiscard]] const std::string& scratch();
// Runs a command of the shell; its output, and whether it ended with 0.
struct Ran {
  int status = 0;
  std::string output;
};
Ran shell(const std::string& command);

// An image of `mkfs.ext4 OPTIONS` of so many KiB, from a folder unless that is empty.
std::vector<std::byte> make_image(const std::string& options, unsigned kib, const std::string& from = {});
// What `e2fsck -fn` objects to; empty: nothing.
std::string check_image(const std::vector<std::byte>& image);

// The same of FAT: `mkfs.fat OPTIONS`, what `mcopy` puts there, and `fsck.fat -n`.
std::vector<std::byte> make_fat(const std::string& options, unsigned kib, const std::string& from = {});
std::string check_fat(const std::vector<std::byte>& image);
// The same, but for what a loss of power, or of the program, may leave on a FAT.
std::string crashed_fat_complaints(const std::vector<std::byte>& image);

// A tree of files of all sorts and sizes on the host.
std::string make_tree(const std::string& name);

}  // namespace tessera::test
