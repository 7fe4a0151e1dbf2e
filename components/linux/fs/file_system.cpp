// SPDX-License-Identifier: Apache-2.0
// What all file systems share: device numbers and the one for nameless inodes.
#include "components/linux/fs/file_system.hpp"

#include <vector>

namespace tessera::lx {
namespace {

std::uint64_t next_device_minor = 1;
std::uint64_t last_anonymous_inode = 0;

std::vector<FileSystem*>& all() {
  static auto* list = new std::vector<FileSystem*>;
  return *list;
}

}  // namespace

FileSystem::FileSystem(std::string_view type, std::uint64_t magic)
    : type_(type), magic_(magic), device_(make_device(0, next_device_minor++)) {
  all().push_back(this);
}

FileSystem::~FileSystem() { std::erase(all(), this); }

void sync_file_systems(Hold hold) {
  // Others come and go while one is waited for.
  std::vector<Ref<FileSystem>> present;
  for (FileSystem* const each : all())
    if (each->references() != 0) present.emplace_back(each);
  for (const Ref<FileSystem>& each : present) (void)each->sync(hold);
}

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
