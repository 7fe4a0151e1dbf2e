// SPDX-License-Identifier: Apache-2.0
// What all file systems share: device numbers and the one for nameless inodes.
#include "components/linux/fs/file_system.hpp"

namespace tessera::lx {
namespace {

std::uint64_t next_device_minor = 1;
std::uint64_t last_anonymous_inode = 0;

}  // namespace

FileSystem::FileSystem(std::string_view type, std::uint64_t magic)
    : type_(type), magic_(magic), device_(make_device(0, next_device_minor++)) {}

FileSystem& anonymous_file_system() {
  static constexpr std::uint64_t kAnonInodeMagic = 0x09041934;
  static FileSystem* file_system = [] {
    auto* made = new FileSystem("anon_inodefs", kAnonInodeMagic);
    made->retain();  // for ever
    return made;
  }();
  return *file_system;
}

std::uint64_t next_anonymous_inode() { return ++last_anonymous_inode; }

}  // namespace tessera::lx
