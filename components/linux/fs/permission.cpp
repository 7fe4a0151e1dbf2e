// SPDX-License-Identifier: Apache-2.0
// Who may do what with an inode.
#include "components/linux/fs/permission.hpp"

#include <algorithm>

namespace tessera::lx {

bool in_group(const Credentials& who, std::uint32_t group) {
  return who.fsgid == group || std::ranges::find(who.groups, group) != who.groups.end();
}

Result<void> check_access(const Credentials& who, const Inode& inode, std::uint32_t wanted) {
  std::uint32_t mode = inode.attributes.mode;
  if (who.fsuid == 0) {
    // Even root executes only what somebody may execute.
    if ((wanted & kMayExecute) == 0 || inode.directory() || (mode & 0111) != 0) return {};
    return fail(Errno::eacces);
  }
  std::uint32_t granted = mode;
  if (inode.attributes.uid == who.fsuid)
    granted = mode >> 6;
  else if (in_group(who, inode.attributes.gid))
    granted = mode >> 3;
  if ((granted & wanted) == wanted) return {};
  return fail(Errno::eacces);
}

bool owns(const Credentials& who, const Inode& inode) { return who.fsuid == 0 || who.fsuid == inode.attributes.uid; }

Result<void> check_sticky(const Credentials& who, const Inode& directory, const Inode& entry) {
  if ((directory.attributes.mode & kSticky) == 0 || owns(who, directory) || owns(who, entry)) return {};
  return fail(Errno::eperm);
}

void own_new(const Inode& directory, Attributes& made) {
  const Credentials& who = current_credentials();
  made.uid = who.fsuid;
  made.gid = who.fsgid;
  if ((directory.attributes.mode & kSetGid) == 0) return;
  made.gid = directory.attributes.gid;
  if ((made.mode & kTypeMask) == kDirectory) made.mode |= kSetGid;
}

}  // namespace tessera::lx
