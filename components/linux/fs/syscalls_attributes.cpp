// SPDX-License-Identifier: Apache-2.0
// chmod, chown, truncate, fallocate, utimes.
#include "components/linux/fs/abi.hpp"
#include "components/linux/fs/inode_file.hpp"
#include "components/linux/fs/lease.hpp"
#include "components/linux/fs/mount.hpp"
#include "components/linux/fs/notify.hpp"
#include "components/linux/fs/permission.hpp"
#include "components/linux/fs/seals.hpp"
#include "components/linux/fs/syscall_support.hpp"

namespace tessera::lx {
namespace {

constexpr std::uint32_t kKeepId = ~std::uint32_t{0};
constexpr std::int64_t kTimeNow = 0x3fffffff, kTimeOmit = 0x3ffffffe, kNsPerSecond = 1'000'000'000;

Result<std::int64_t> change_mode(const Path& path, std::uint32_t mode) {
  const Credentials& who = current_credentials();
  Inode& inode = path.inode();
  TRY(check_writable(path));
  if (!owns(who, inode)) return fail(Errno::eperm);
  if (inode.type() == kSymlink) return fail(Errno::eopnotsupp);
  mode &= 07777;
  const std::uint32_t* const seals = inode.seals();
  if (seals != nullptr && (*seals & kSealExec) != 0 && ((inode.attributes.mode ^ mode) & 0111) != 0)
    return fail(Errno::eperm);
  if (who.fsuid != 0 && !in_group(who, inode.attributes.gid)) mode &= ~kSetGid;
  mode = TRY(inode.kept_mode(mode));
  inode.attributes.mode = inode.type() | mode;
  inode.attributes.changed = current_time();
  inode.attributes_changed();
  notify(path, kNotifyAttributes);
  return 0;
}

Result<std::int64_t> change_owner(const Path& path, std::uint32_t uid, std::uint32_t gid) {
  const Credentials& who = current_credentials();
  Inode& inode = path.inode();
  Attributes& attributes = inode.attributes;
  TRY(check_writable(path));
  if (who.fsuid != 0) {
    bool owner = who.fsuid == attributes.uid;
    if (uid != kKeepId && !(owner && uid == attributes.uid)) return fail(Errno::eperm);
    if (gid != kKeepId && !(owner && (gid == attributes.gid || in_group(who, gid)))) return fail(Errno::eperm);
  }
  const bool others = (uid != kKeepId && uid != attributes.uid) || (gid != kKeepId && gid != attributes.gid);
  if (others && !inode.keeps_owners()) return fail(Errno::eperm);
  if (uid != kKeepId) attributes.uid = uid;
  if (gid != kKeepId) attributes.gid = gid;
  // A program whose owner changes loses its set-ID bits.
  if (!inode.directory() && (attributes.mode & 0111) != 0) {
    attributes.mode &= ~kSetUid;
    if ((attributes.mode & 010) != 0) attributes.mode &= ~kSetGid;
  }
  attributes.changed = current_time();
  inode.attributes_changed();
  notify(path, kNotifyAttributes);
  return 0;
}

struct Times {
  Timespec accessed, modified;
  bool set_accessed = true, set_modified = true, now = true;
};

Result<Timespec> checked_time(std::int64_t seconds, std::int64_t nanoseconds) {
  if (nanoseconds < 0 || nanoseconds >= kNsPerSecond) return fail(Errno::einval);
  return Timespec{seconds, nanoseconds};
}

// Two timespecs with UTIME_NOW and UTIME_OMIT; address 0: both now.
Result<Times> times_from(std::uint64_t address) {
  Times times;
  times.accessed = times.modified = current_time();
  if (address == 0) return times;
  auto values = TRY((read_guest<std::array<abi::TimeSpec, 2>>(address)));
  times.now = values[0].nanoseconds == kTimeNow && values[1].nanoseconds == kTimeNow;
  auto take = [](const abi::TimeSpec& value, Timespec& time, bool& set) -> Result<void> {
    if (value.nanoseconds == kTimeNow) return {};
    set = value.nanoseconds != kTimeOmit;
    if (set) time = TRY(checked_time(value.seconds, value.nanoseconds));
    return {};
  };
  TRY(take(values[0], times.accessed, times.set_accessed));
  TRY(take(values[1], times.modified, times.set_modified));
  return times;
}

Result<Times> times_from_microseconds(std::uint64_t address) {
  Times times;
  times.accessed = times.modified = current_time();
  if (address == 0) return times;
  auto values = TRY((read_guest<std::array<abi::TimeVal, 2>>(address)));
  times.now = false;
  for (const abi::TimeVal& value : values)
    if (value.microseconds < 0 || value.microseconds >= 1'000'000) return fail(Errno::einval);
  times.accessed = {values[0].seconds, values[0].microseconds * 1000};
  times.modified = {values[1].seconds, values[1].microseconds * 1000};
  return times;
}

Result<std::int64_t> change_times(const Path& path, const Times& times) {
  const Credentials& who = current_credentials();
  Inode& inode = path.inode();
  if (!times.set_accessed && !times.set_modified) return 0;
  TRY(check_writable(path));
  // Whoever may write may set the present time; other times only the owner.
  if (!owns(who, inode)) {
    if (!times.now) return fail(Errno::eperm);
    TRY(check_access(who, inode, kMayWrite));
  }
  if (times.set_accessed) inode.attributes.accessed = times.accessed;
  if (times.set_modified) inode.attributes.modified = times.modified;
  inode.attributes.changed = current_time();
  inode.attributes_changed();
  notify(path, times.set_accessed && times.set_modified ? kNotifyAttributes
               : times.set_accessed                     ? kNotifyAccess
                                                        : kNotifyModify);
  return 0;
}

Result<std::int64_t> truncate_to(const Path& path, Inode& inode, std::uint64_t size) {
  if (static_cast<std::int64_t>(size) < 0) return fail(Errno::einval);
  TRY(check_new_size(inode, size));
  drop_set_id(inode);
  TRY(inode.truncate(size));
  notify(path, kNotifyModify);
  return 0;
}

}  // namespace

Result<std::int64_t> sys_chmod(const Arguments& a) {
  return change_mode(TRY(path_at(kAtFdCwd, a[0], true)), low32(a[1]));
}
Result<std::int64_t> sys_fchmod(const Arguments& a) { return change_mode(TRY(path_of(a[0])), low32(a[1])); }
Result<std::int64_t> sys_fchmodat(const Arguments& a) {
  return change_mode(TRY(path_at(a[0], a[1], true)), low32(a[2]));
}
Result<std::int64_t> sys_fchmodat2(const Arguments& a) {
  std::uint32_t flags = low32(a[3]);
  if ((flags & ~(kAtNoFollow | kAtEmptyPath)) != 0) return fail(Errno::einval);
  return change_mode(TRY(path_at(a[0], a[1], (flags & kAtNoFollow) == 0, (flags & kAtEmptyPath) != 0)), low32(a[2]));
}

Result<std::int64_t> sys_chown(const Arguments& a) {
  return change_owner(TRY(path_at(kAtFdCwd, a[0], true)), low32(a[1]), low32(a[2]));
}
Result<std::int64_t> sys_lchown(const Arguments& a) {
  return change_owner(TRY(path_at(kAtFdCwd, a[0], false)), low32(a[1]), low32(a[2]));
}
Result<std::int64_t> sys_fchown(const Arguments& a) {
  return change_owner(TRY(path_of(a[0])), low32(a[1]), low32(a[2]));
}
Result<std::int64_t> sys_fchownat(const Arguments& a) {
  std::uint32_t flags = low32(a[4]);
  if ((flags & ~(kAtNoFollow | kAtEmptyPath)) != 0) return fail(Errno::einval);
  Path path = TRY(path_at(a[0], a[1], (flags & kAtNoFollow) == 0, (flags & kAtEmptyPath) != 0));
  return change_owner(path, low32(a[2]), low32(a[3]));
}

Result<std::int64_t> sys_truncate(const Arguments& a) {
  if (static_cast<std::int64_t>(a[1]) < 0) return fail(Errno::einval);
  Path path = TRY(path_at(kAtFdCwd, a[0], true));
  Inode& inode = path.inode();
  if (inode.directory()) return fail(Errno::eisdir);
  if (inode.type() != kRegular) return fail(Errno::einval);
  TRY(check_writable(path));
  TRY(check_access(current_credentials(), inode, kMayWrite));
  if (inode.executions != 0) return fail(Errno::etxtbsy);
  TRY(break_leases(inode, true, true));
  return truncate_to(path, inode, a[1]);
}

Result<std::int64_t> sys_ftruncate(const Arguments& a) {
  Ref<File> file = TRY(file_at(a[0]));
  Ref<Inode> inode = file->inode();
  if (!file->writable() || !inode || inode->type() != kRegular) return fail(Errno::einval);
  return truncate_to(file->path, *inode, a[1]);
}

Result<std::int64_t> allocate_in_file(File& file, std::uint32_t mode, std::uint64_t start, std::uint64_t length) {
  auto offset = static_cast<std::int64_t>(start), bytes = static_cast<std::int64_t>(length);
  std::int64_t end = 0;
  if (offset < 0 || bytes <= 0) return fail(Errno::einval);
  if (!file.writable()) return fail(Errno::ebadf);
  if (__builtin_add_overflow(offset, bytes, &end)) return fail(Errno::efbig);
  Ref<Inode> inode = file.inode();
  if (!inode) return fail(Errno::enodev);
  if (inode->directory()) return fail(Errno::eisdir);
  TRY(inode->allocate(mode, start, length));
  notify(file, kNotifyModify);
  return 0;
}

Result<std::int64_t> sys_fallocate(const Arguments& a) {
  Ref<File> file = TRY(file_at(a[0]));
  return allocate_in_file(*file, low32(a[1]), a[2], a[3]);
}

Result<std::int64_t> sys_utimensat(const Arguments& a) {
  std::uint32_t flags = low32(a[3]);
  if ((flags & ~(kAtNoFollow | kAtEmptyPath)) != 0) return fail(Errno::einval);
  Times times = TRY(times_from(a[2]));
  if (a[1] == 0) {
    if (flags != 0) return fail(Errno::einval);
    return change_times(TRY(path_of(a[0])), times);
  }
  return change_times(TRY(path_at(a[0], a[1], (flags & kAtNoFollow) == 0, (flags & kAtEmptyPath) != 0)), times);
}

Result<std::int64_t> sys_utimes(const Arguments& a) {
  Times times = TRY(times_from_microseconds(a[1]));
  return change_times(TRY(path_at(kAtFdCwd, a[0], true)), times);
}

Result<std::int64_t> sys_futimesat(const Arguments& a) {
  Times times = TRY(times_from_microseconds(a[2]));
  if (a[1] == 0) return change_times(TRY(path_of(a[0])), times);
  return change_times(TRY(path_at(a[0], a[1], true)), times);
}

Result<std::int64_t> sys_utime(const Arguments& a) {
  Times times;
  times.accessed = times.modified = current_time();
  if (a[1] != 0) {
    auto seconds = TRY((read_guest<std::array<std::int64_t, 2>>(a[1])));
    times.now = false;
    times.accessed = {seconds[0], 0};
    times.modified = {seconds[1], 0};
  }
  return change_times(TRY(path_at(kAtFdCwd, a[0], true)), times);
}

}  // namespace tessera::lx
