// SPDX-License-Identifier: Apache-2.0
// Extended attributes: xattr(7). As Linux 6.6 and later with a tmpfs: `trusted.`,
// `security.` and `user.` are kept. There are no access control lists: none is ever
// found, taking one away succeeds, setting one does not.
#include <algorithm>
#include <vector>

#include "components/linux/fs/extended_attributes.hpp"
#include "components/linux/fs/mount.hpp"
#include "components/linux/fs/notify.hpp"
#include "components/linux/fs/permission.hpp"
#include "components/linux/fs/syscall_support.hpp"

namespace tessera::lx {
namespace {

constexpr std::string_view kTrusted = "trusted.", kSecurity = "security.", kUser = "user.", kSystem = "system.";
constexpr std::string_view kAccessList = "system.posix_acl_access", kDefaultList = "system.posix_acl_default";
constexpr std::string_view kCapability = "security.capability";

bool privileged() { return current_credentials().euid == 0; }

using NameBuffer = std::array<char, ExtendedAttributes::kMostNameBytes + 1>;
Result<std::string_view> name_argument(NameBuffer& buffer, std::uint64_t address) {
  auto name = string_from_guest(buffer, address);
  if (!name) return fail(name.error() == Errno::enametoolong ? Errno::erange : name.error());
  if (name->empty()) return fail(Errno::erange);
  return name;
}

// What Linux's common code asks before the file system gets to see the name.
Result<void> check_name(const Inode& inode, std::string_view name, std::uint32_t wanted) {
  bool writes = wanted == kMayWrite;
  if (name.starts_with(kSecurity) || name.starts_with(kSystem)) return {};
  if (name.starts_with(kTrusted)) {
    if (privileged()) return {};
    return fail(writes ? Errno::eperm : Errno::enodata);
  }
  if (name.starts_with(kUser)) {
    if (inode.type() != kRegular && !inode.directory()) return fail(writes ? Errno::eperm : Errno::enodata);
    if (writes && inode.directory() && (inode.attributes.mode & kSticky) != 0 && !owns(current_credentials(), inode))
      return fail(Errno::eperm);
  }
  return check_access(current_credentials(), inode, wanted);
}

// The names that a file system which keeps attributes keeps.
Result<void> check_kept(const Inode& inode, std::string_view name) {
  if (!inode.keeps_extended_attributes()) return fail(Errno::eopnotsupp);
  for (std::string_view prefix : {kTrusted, kSecurity, kUser}) {
    if (!name.starts_with(prefix)) continue;
    return name.size() == prefix.size() ? fail(Errno::einval) : Result<void>{};
  }
  return fail(Errno::eopnotsupp);
}

bool is_access_list(const Inode& inode, std::string_view name) {
  return inode.keeps_extended_attributes() && inode.type() != kSymlink && (name == kAccessList || name == kDefaultList);
}

// What takes an access control list away, where there is never one.
Result<void> change_access_list(const Path& path, std::size_t value_bytes) {
  if (!owns(current_credentials(), path.inode())) return fail(Errno::eperm);
  if (value_bytes == 0) return {};
  constexpr std::size_t kHeaderBytes = 4, kEntryBytes = 8;
  if (value_bytes < kHeaderBytes || (value_bytes - kHeaderBytes) % kEntryBytes != 0) return fail(Errno::einval);
  return fail(Errno::eopnotsupp);
}

// cap_convert_nscap: the value is a vfs_cap_data of revision 2 (one of revision 1 cannot be made any more).
bool valid_capability(std::span<const std::byte> value) {
  constexpr std::size_t kBytes = 20;
  constexpr std::byte kRevision{2};
  return value.size() == kBytes && value[3] == kRevision;
}

Result<std::int64_t> set(const Path& path, const Arguments& a) {
  [[clang::uninitialized]] NameBuffer buffer;
  std::uint32_t flags = low32(a[4]);
  if ((flags & ~(ExtendedAttributes::kCreate | ExtendedAttributes::kReplace)) != 0) return fail(Errno::einval);
  std::string_view name = TRY(name_argument(buffer, a[1]));
  if (a[3] > ExtendedAttributes::kMostValueBytes) return fail(Errno::e2big);
  std::vector<std::byte> value(a[3]);
  TRY(copy_from_guest(value, a[2]));
  Inode& inode = path.inode();
  TRY(check_writable(path));
  if (is_access_list(inode, name)) {
    TRY(change_access_list(path, value.size()));
    return 0;
  }
  TRY(check_name(inode, name, kMayWrite));
  if (name == kCapability && !value.empty() && !valid_capability(value)) return fail(Errno::einval);
  if (name.starts_with(kSecurity) && !privileged()) return fail(Errno::eperm);
  TRY(check_kept(inode, name));
  TRY(inode.set_extended_attribute(name, value, flags));
  notify(path, kNotifyAttributes);
  return 0;
}

Result<std::int64_t> get(const Path& path, const Arguments& a) {
  [[clang::uninitialized]] NameBuffer buffer;
  std::string_view name = TRY(name_argument(buffer, a[1]));
  Inode& inode = path.inode();
  if (is_access_list(inode, name)) return fail(Errno::enodata);
  TRY(check_name(inode, name, kMayRead));
  TRY(check_kept(inode, name));
  const ExtendedAttributes* all = TRY(inode.extended_attributes());
  const ExtendedAttributes::Entry* found = all == nullptr ? nullptr : all->find(name);
  if (found == nullptr) return fail(Errno::enodata);
  // Not what the kernel could read as capabilities.
  if (name == kCapability && !valid_capability(found->value)) return fail(Errno::einval);
  if (a[3] == 0) return static_cast<std::int64_t>(found->value.size());
  if (a[3] < found->value.size()) return fail(Errno::erange);
  TRY(copy_to_guest(a[2], found->value));
  return static_cast<std::int64_t>(found->value.size());
}

Result<std::int64_t> list(const Path& path, const Arguments& a) {
  const ExtendedAttributes* all = TRY(path.inode().extended_attributes());
  if (all == nullptr) return 0;
  std::uint64_t bytes = 0;
  std::vector<std::byte> text;
  for (const ExtendedAttributes::Entry& entry : all->entries()) {
    if (entry.name.starts_with(kTrusted) && !privileged()) continue;
    bytes += entry.name.size() + 1;
    if (a[2] == 0) continue;
    if (bytes > a[2]) return fail(Errno::erange);
    if (bytes > ExtendedAttributes::kMostListBytes) return fail(Errno::e2big);
    for (char letter : entry.name) text.push_back(static_cast<std::byte>(letter));
    text.push_back(std::byte{0});
  }
  if (a[2] != 0) TRY(copy_to_guest(a[1], text));
  return static_cast<std::int64_t>(bytes);
}

Result<std::int64_t> remove(const Path& path, const Arguments& a) {
  [[clang::uninitialized]] NameBuffer buffer;
  std::string_view name = TRY(name_argument(buffer, a[1]));
  Inode& inode = path.inode();
  TRY(check_writable(path));
  if (is_access_list(inode, name)) {
    TRY(change_access_list(path, 0));
    return 0;
  }
  TRY(check_name(inode, name, kMayWrite));
  if (name.starts_with(kSecurity) && !privileged()) return fail(Errno::eperm);
  TRY(check_kept(inode, name));
  TRY(inode.remove_extended_attribute(name));
  notify(path, kNotifyAttributes);
  return 0;
}

}  // namespace

Result<std::int64_t> sys_setxattr(const Arguments& a) { return set(TRY(path_at(kAtFdCwd, a[0], true)), a); }
Result<std::int64_t> sys_lsetxattr(const Arguments& a) { return set(TRY(path_at(kAtFdCwd, a[0], false)), a); }
Result<std::int64_t> sys_fsetxattr(const Arguments& a) { return set(TRY(path_of(a[0])), a); }
Result<std::int64_t> sys_getxattr(const Arguments& a) { return get(TRY(path_at(kAtFdCwd, a[0], true)), a); }
Result<std::int64_t> sys_lgetxattr(const Arguments& a) { return get(TRY(path_at(kAtFdCwd, a[0], false)), a); }
Result<std::int64_t> sys_fgetxattr(const Arguments& a) { return get(TRY(path_of(a[0])), a); }
Result<std::int64_t> sys_listxattr(const Arguments& a) { return list(TRY(path_at(kAtFdCwd, a[0], true)), a); }
Result<std::int64_t> sys_llistxattr(const Arguments& a) { return list(TRY(path_at(kAtFdCwd, a[0], false)), a); }
Result<std::int64_t> sys_flistxattr(const Arguments& a) { return list(TRY(path_of(a[0])), a); }
Result<std::int64_t> sys_removexattr(const Arguments& a) { return remove(TRY(path_at(kAtFdCwd, a[0], true)), a); }
Result<std::int64_t> sys_lremovexattr(const Arguments& a) { return remove(TRY(path_at(kAtFdCwd, a[0], false)), a); }
Result<std::int64_t> sys_fremovexattr(const Arguments& a) { return remove(TRY(path_of(a[0])), a); }

}  // namespace tessera::lx
