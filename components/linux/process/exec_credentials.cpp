// SPDX-License-Identifier: Apache-2.0
#include "components/linux/process/exec_credentials.hpp"

#include "components/linux/fs/mount.hpp"
#include "components/linux/fs/open.hpp"
#include "components/linux/fs/permission.hpp"
#include "components/linux/process/process.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/trace/link.hpp"

namespace tessera::lx {

namespace {

constexpr std::uint32_t kGroupExecute = 010;

bool may_set_id(const Thread& thread, const Program& program) {
  if (thread.process.no_new_privileges || keeps_ids_on_exec(thread)) return false;
  return !program.path.mount || (program.path.mount->flags & kMountNoSuid) == 0;
}

}  // namespace

ExecCredentials exec_credentials(const Thread& thread, const Program& program) {
  const Credentials& old = thread.credentials->value;
  ExecCredentials made{.ids = old};
  Credentials& ids = made.ids;
  const Attributes& file = program.inode->attributes;
  if (may_set_id(thread, program)) {
    if ((file.mode & kSetUid) != 0) ids.euid = file.uid;
    // Without the group's execute bit the bit once asked for mandatory locks.
    constexpr std::uint32_t kBoth = kSetGid | kGroupExecute;
    if ((file.mode & kBoth) == kBoth) ids.egid = file.gid;
    made.set_id = (file.mode & kSetUid) != 0 || (file.mode & kBoth) == kBoth;
  }
  const bool differ = ids.euid != old.uid || ids.egid != old.gid;
  // Who shares its working directory could be led astray by the other side.
  const bool shared = thread.fs->references() > 1;
  if (differ && (shared || thread.process.no_new_privileges) &&
      (old.euid != 0 || thread.process.no_new_privileges)) {
    ids.euid = ids.uid;
    ids.egid = ids.gid;
  }
  ids.suid = ids.fsuid = ids.euid;
  ids.sgid = ids.fsgid = ids.egid;
  made.secure = differ;
  made.dumpable = ids.euid == ids.uid && ids.egid == ids.gid && check_access(old, *program.inode, kMayRead).has_value();
  return made;
}

}  // namespace tessera::lx
