// SPDX-License-Identifier: Apache-2.0
// User and group ids: the set*id family with Linux' rules, where an effective
// user id of 0 stands for CAP_SETUID and CAP_SETGID.
#include <algorithm>

#include "components/linux/core/guest_memory.hpp"
#include "components/linux/process/process.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/syscall/table.hpp"

namespace tessera::lx {

namespace {

constexpr std::uint32_t kKeep = ~std::uint32_t{0};
constexpr std::uint32_t kMostGroups = 65536;

std::uint32_t id_of(std::uint64_t argument) { return static_cast<std::uint32_t>(argument); }

void replace(Credentials ids) {
  Thread& self = current_thread();
  const Credentials& old = self.credentials->value;
  if (old.euid != ids.euid || old.egid != ids.egid || old.fsuid != ids.fsuid || old.fsgid != ids.fsgid) {
    self.process.dumpable = false;
    self.parent_death_signal = 0;
  }
  self.credentials = make_ref<CredentialSet>(std::move(ids));
}

bool privileged() { return current_credentials().euid == 0; }

}  // namespace

Result<std::int64_t> sys_getuid(const Arguments&) { return current_credentials().uid; }
Result<std::int64_t> sys_geteuid(const Arguments&) { return current_credentials().euid; }
Result<std::int64_t> sys_getgid(const Arguments&) { return current_credentials().gid; }
Result<std::int64_t> sys_getegid(const Arguments&) { return current_credentials().egid; }

Result<std::int64_t> sys_getresuid(const Arguments& arguments) {
  const Credentials& ids = current_credentials();
  TRY(write_guest(arguments[0], ids.uid));
  TRY(write_guest(arguments[1], ids.euid));
  TRY(write_guest(arguments[2], ids.suid));
  return 0;
}

Result<std::int64_t> sys_getresgid(const Arguments& arguments) {
  const Credentials& ids = current_credentials();
  TRY(write_guest(arguments[0], ids.gid));
  TRY(write_guest(arguments[1], ids.egid));
  TRY(write_guest(arguments[2], ids.sgid));
  return 0;
}

Result<std::int64_t> sys_setuid(const Arguments& arguments) {
  const std::uint32_t id = id_of(arguments[0]);
  if (id == kKeep) return fail(Errno::einval);
  Credentials ids = current_credentials();
  if (privileged()) ids.uid = ids.suid = id;
  else if (id != ids.uid && id != ids.suid) return fail(Errno::eperm);
  ids.euid = ids.fsuid = id;
  replace(std::move(ids));
  return 0;
}

Result<std::int64_t> sys_setgid(const Arguments& arguments) {
  const std::uint32_t id = id_of(arguments[0]);
  if (id == kKeep) return fail(Errno::einval);
  Credentials ids = current_credentials();
  if (privileged()) ids.gid = ids.sgid = id;
  else if (id != ids.gid && id != ids.sgid) return fail(Errno::eperm);
  ids.egid = ids.fsgid = id;
  replace(std::move(ids));
  return 0;
}

Result<std::int64_t> sys_setreuid(const Arguments& arguments) {
  const std::uint32_t real = id_of(arguments[0]);
  const std::uint32_t effective = id_of(arguments[1]);
  const Credentials& old = current_credentials();
  Credentials ids = old;
  if (real != kKeep) {
    if (!privileged() && real != old.uid && real != old.euid) return fail(Errno::eperm);
    ids.uid = real;
  }
  if (effective != kKeep) {
    if (!privileged() && effective != old.uid && effective != old.euid && effective != old.suid)
      return fail(Errno::eperm);
    ids.euid = effective;
  }
  if (real != kKeep || (effective != kKeep && effective != old.uid)) ids.suid = ids.euid;
  ids.fsuid = ids.euid;
  replace(std::move(ids));
  return 0;
}

Result<std::int64_t> sys_setregid(const Arguments& arguments) {
  const std::uint32_t real = id_of(arguments[0]);
  const std::uint32_t effective = id_of(arguments[1]);
  const Credentials& old = current_credentials();
  Credentials ids = old;
  if (real != kKeep) {
    if (!privileged() && real != old.gid && real != old.egid) return fail(Errno::eperm);
    ids.gid = real;
  }
  if (effective != kKeep) {
    if (!privileged() && effective != old.gid && effective != old.egid && effective != old.sgid)
      return fail(Errno::eperm);
    ids.egid = effective;
  }
  if (real != kKeep || (effective != kKeep && effective != old.gid)) ids.sgid = ids.egid;
  ids.fsgid = ids.egid;
  replace(std::move(ids));
  return 0;
}

Result<std::int64_t> sys_setresuid(const Arguments& arguments) {
  const Credentials& old = current_credentials();
  Credentials ids = old;
  const auto allowed = [&](std::uint32_t id) {
    return id == kKeep || privileged() || id == old.uid || id == old.euid || id == old.suid;
  };
  for (std::size_t i = 0; i < 3; ++i)
    if (!allowed(id_of(arguments[i]))) return fail(Errno::eperm);
  if (id_of(arguments[0]) != kKeep) ids.uid = id_of(arguments[0]);
  if (id_of(arguments[1]) != kKeep) ids.euid = id_of(arguments[1]);
  if (id_of(arguments[2]) != kKeep) ids.suid = id_of(arguments[2]);
  ids.fsuid = ids.euid;
  replace(std::move(ids));
  return 0;
}

Result<std::int64_t> sys_setresgid(const Arguments& arguments) {
  const Credentials& old = current_credentials();
  Credentials ids = old;
  const auto allowed = [&](std::uint32_t id) {
    return id == kKeep || privileged() || id == old.gid || id == old.egid || id == old.sgid;
  };
  for (std::size_t i = 0; i < 3; ++i)
    if (!allowed(id_of(arguments[i]))) return fail(Errno::eperm);
  if (id_of(arguments[0]) != kKeep) ids.gid = id_of(arguments[0]);
  if (id_of(arguments[1]) != kKeep) ids.egid = id_of(arguments[1]);
  if (id_of(arguments[2]) != kKeep) ids.sgid = id_of(arguments[2]);
  ids.fsgid = ids.egid;
  replace(std::move(ids));
  return 0;
}

Result<std::int64_t> sys_setfsuid(const Arguments& arguments) {
  const Credentials& old = current_credentials();
  const std::uint32_t before = old.fsuid;
  const std::uint32_t id = id_of(arguments[0]);
  if (id != kKeep && (privileged() || id == old.uid || id == old.euid || id == old.suid || id == old.fsuid)) {
    Credentials ids = old;
    ids.fsuid = id;
    replace(std::move(ids));
  }
  return before;
}

Result<std::int64_t> sys_setfsgid(const Arguments& arguments) {
  const Credentials& old = current_credentials();
  const std::uint32_t before = old.fsgid;
  const std::uint32_t id = id_of(arguments[0]);
  if (id != kKeep && (privileged() || id == old.gid || id == old.egid || id == old.sgid || id == old.fsgid)) {
    Credentials ids = old;
    ids.fsgid = id;
    replace(std::move(ids));
  }
  return before;
}

Result<std::int64_t> sys_getgroups(const Arguments& arguments) {
  const auto& groups = current_credentials().groups;
  const auto room = static_cast<std::int32_t>(id_of(arguments[0]));
  if (room < 0) return fail(Errno::einval);
  const auto count = static_cast<std::int64_t>(groups.size());
  if (room == 0) return count;
  if (room < count) return fail(Errno::einval);
  TRY(copy_to_guest(arguments[1], std::as_bytes(std::span(groups))));
  return count;
}

Result<std::int64_t> sys_setgroups(const Arguments& arguments) {
  if (!privileged()) return fail(Errno::eperm);
  const std::uint32_t count = id_of(arguments[0]);
  if (count > kMostGroups) return fail(Errno::einval);
  Credentials ids = current_credentials();
  ids.groups.assign(count, 0);
  TRY(copy_from_guest(std::as_writable_bytes(std::span(ids.groups)), arguments[1]));
  std::sort(ids.groups.begin(), ids.groups.end(), [](std::uint32_t a, std::uint32_t b) { return a < b; });
  replace(std::move(ids));
  return 0;
}

}  // namespace tessera::lx
