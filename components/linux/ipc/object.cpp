// SPDX-License-Identifier: Apache-2.0
// Keys, owners and rights of System V objects.
#include "components/linux/ipc/object.hpp"

#include "components/linux/fs/permission.hpp"
#include "components/linux/fs/text.hpp"
#include "components/linux/process/contract.hpp"

namespace tessera::lx {

namespace {

bool group_of(const Credentials& who, std::uint32_t group) { return who.egid == group || in_group(who, group); }

}  // namespace

IpcPermissions new_permissions(std::int32_t key, std::uint32_t mode) {
  const Credentials& who = current_credentials();
  return {.key = key, .uid = who.euid, .gid = who.egid, .creator_uid = who.euid, .creator_gid = who.egid,
          .mode = mode & 0777};
}

Result<void> check_ipc_access(const IpcPermissions& object, std::uint32_t wanted) {
  const Credentials& who = current_credentials();
  if (who.euid == 0) return {};
  const std::uint32_t asked = (wanted >> 6 | wanted >> 3 | wanted) & 7;
  std::uint32_t granted = object.mode;
  if (who.euid == object.uid || who.euid == object.creator_uid) granted >>= 6;
  else if (group_of(who, object.gid) || group_of(who, object.creator_gid)) granted >>= 3;
  return (asked & ~granted & 7) == 0 ? Result<void>{} : fail(Errno::eacces);
}

Result<void> check_ipc_owner(const IpcPermissions& object) {
  const std::uint32_t mine = current_credentials().euid;
  if (mine == 0 || mine == object.uid || mine == object.creator_uid) return {};
  return fail(Errno::eperm);
}

void set_permissions(IpcPermissions& object, const IpcPermissions& wanted) {
  object.uid = wanted.uid;
  object.gid = wanted.gid;
  object.mode = (object.mode & ~0777u) | (wanted.mode & 0777);
}

void put_identity(Text& text, const IpcPermissions& object, std::int32_t id) {
  text.right(object.key, 10) << ' ';
  text.right(id, 10) << "  ";
  Text mode;
  mode.octal(object.mode);
  if (mode.view().size() < 4) text << std::string_view("    ").substr(mode.view().size());
  text << mode.view();
}

void put_owners(Text& text, const IpcPermissions& object) {
  for (const std::uint32_t id : {object.uid, object.gid, object.creator_uid, object.creator_gid})
    (text << ' ').right(id, 5);
}

std::int64_t ipc_time() { return static_cast<std::int64_t>(realtime_ns() / 1'000'000'000); }

}  // namespace tessera::lx
