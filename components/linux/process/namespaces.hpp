// SPDX-License-Identifier: Apache-2.0
// Namespaces that a process may have of its own: mounts and names. All others are
// the container's, and asking for new ones fails as on a kernel without them.
#pragma once

#include <cstdint>

#include "components/linux/core/errno.hpp"
#include "components/linux/core/ref.hpp"

namespace tessera::lx {

class FsContext;
class Thread;
class UtsNames;

inline constexpr std::uint64_t kNewMounts = 0x20000, kNewNames = 0x4000000;
// NEWCGROUP, NEWIPC, NEWUSER, NEWPID, NEWNET, NEWTIME.
inline constexpr std::uint64_t kNewOthers = 0x2000000 | 0x8000000 | 0x10000000 | 0x20000000 | 0x40000000 | 0x80;

// May the calling thread have these? EINVAL for what is not there, EPERM.
Result<void> check_new_namespaces(std::uint64_t flags);
// `fs` gets mounts of its own, and `names` become own ones, as `flags` ask.
void make_namespaces(std::uint64_t flags, FsContext& fs, Ref<UtsNames>& names);

}  // namespace tessera::lx
