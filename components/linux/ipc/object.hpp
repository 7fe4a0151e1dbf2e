// SPDX-License-Identifier: Apache-2.0
// What System V objects of all kinds have: a key, owners and rights; svipc(7).
#pragma once

#include <cstdint>

#include "components/linux/core/errno.hpp"

namespace tessera::lx {

class Text;

inline constexpr std::int32_t kIpcPrivate = 0;
inline constexpr std::uint32_t kIpcCreate = 01000, kIpcExclusive = 02000;
// Commands of *ctl.
inline constexpr std::int32_t kIpcRemove = 0, kIpcSet = 1, kIpcStat = 2, kIpcInfo = 3;

// struct ipc64_perm.
struct IpcPermissions {
  std::int32_t key = 0;
  std::uint32_t uid = 0, gid = 0, creator_uid = 0, creator_gid = 0, mode = 0;
  std::uint16_t sequence = 0, padding = 0;
  std::uint32_t padding2 = 0;
  std::uint64_t unused1 = 0, unused2 = 0;
};
static_assert(sizeof(IpcPermissions) == 48);

// Of a new object: the caller's.
IpcPermissions new_permissions(std::int32_t key, std::uint32_t mode);
// `wanted` as mode bits, of which any class counts: EACCES.
Result<void> check_ipc_access(const IpcPermissions& object, std::uint32_t wanted);
// To change or remove it: EPERM.
Result<void> check_ipc_owner(const IpcPermissions& object);
// IPC_SET.
void set_permissions(IpcPermissions& object, const IpcPermissions& wanted);

// Parts of a line of /proc/sysvipc: key, number and mode; then, later, the owners.
void put_identity(Text& text, const IpcPermissions& object, std::int32_t id);
void put_owners(Text& text, const IpcPermissions& object);

// Seconds of the wall clock, as the objects keep times.
std::int64_t ipc_time();

}  // namespace tessera::lx
