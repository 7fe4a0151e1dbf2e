// SPDX-License-Identifier: Apache-2.0
// getdents, getcwd, chdir, chroot, umask.
#include <algorithm>
#include <cstring>

#include "components/linux/fs/abi.hpp"
#include "components/linux/fs/permission.hpp"
#include "components/linux/fs/syscall_support.hpp"

namespace tessera::lx {
namespace {

// Collects records in a page and copies them out together: a copy to the guest
// for each entry would cost more than the entry.
class RecordSink final : public DirectorySink {
 public:
  RecordSink(std::uint64_t address, std::uint64_t bytes, bool old_layout)
      : address_(address), room_(bytes), old_(old_layout) {}

  bool add(const DirectoryEntry& entry) override {
    std::size_t head = old_ ? sizeof(abi::DirectoryEntryOld) : sizeof(abi::DirectoryEntry64);
    std::size_t bytes = (head + entry.name.size() + (old_ ? 2 : 1) + 7) & ~std::size_t{7};
    if (bytes > room_ - pending_) {
      refused_ = true;
      return false;
    }
    if (bytes > page_.size() - pending_ && !flush()) return false;
    std::span<std::byte> record = std::span(page_).subspan(pending_, bytes);
    auto type = static_cast<std::uint8_t>(entry.type >> 12);
    if (old_) {
      abi::DirectoryEntryOld fields{entry.inode, entry.next_position, static_cast<std::uint16_t>(bytes)};
      std::memcpy(record.data(), &fields, sizeof(fields));
      record.back() = std::byte{type};
    } else {
      abi::DirectoryEntry64 fields{entry.inode, static_cast<std::int64_t>(entry.next_position),
                                   static_cast<std::uint16_t>(bytes), type};
      std::memcpy(record.data(), &fields, sizeof(fields));
    }
    std::span<std::byte> text = record.subspan(head);
    std::memcpy(text.data(), entry.name.data(), entry.name.size());
    // Nothing of the personality's stack may show in the padding.
    std::ranges::fill(text.subspan(entry.name.size(), text.size() - entry.name.size() - (old_ ? 1 : 0)), std::byte{0});
    pending_ += bytes;
    return true;
  }

  bool flush() {
    auto bytes = std::span<const std::byte>(page_).first(pending_);
    if (pending_ != 0 && !copy_to_guest(address_ + done_, bytes)) {
      faulted_ = true;
      return false;
    }
    done_ += pending_;
    room_ -= pending_;
    pending_ = 0;
    return true;
  }

  [[nodiscard]] std::uint64_t done() const { return done_; }
  [[nodiscard]] bool refused() const { return refused_; }
  [[nodiscard]] bool faulted() const { return faulted_; }

 private:
  std::uint64_t address_, room_, done_ = 0;
  std::size_t pending_ = 0;
  bool old_, refused_ = false, faulted_ = false;
  std::array<std::byte, 2048> page_;  // left as it is: each record writes all its bytes
};

Result<std::int64_t> get_entries(const Arguments& a, bool old_layout) {
  Ref<File> file = TRY(file_at(a[0]));
  std::uint64_t start = file->position;
  [[clang::uninitialized]] RecordSink sink(a[1], low32(a[2]), old_layout);
  Result<void> read = file->read_directory(sink);
  if (!read) return fail(read.error());
  if (sink.faulted() || !sink.flush()) {
    file->position = start;
    return fail(Errno::efault);
  }
  if (sink.done() == 0 && sink.refused()) return fail(Errno::einval);
  notify(*file, kNotifyAccess);
  return static_cast<std::int64_t>(sink.done());
}

Result<std::int64_t> change_directory(const Path& path) {
  if (!path.inode().directory()) return fail(Errno::enotdir);
  TRY(check_access(current_credentials(), path.inode(), kMayExecute));
  current_fs().cwd = path;
  return 0;
}

}  // namespace

Result<std::int64_t> sys_getdents64(const Arguments& a) { return get_entries(a, false); }
Result<std::int64_t> sys_getdents(const Arguments& a) { return get_entries(a, true); }

Result<std::int64_t> sys_getcwd(const Arguments& a) {
  if (current_fs().cwd.node->deleted()) return fail(Errno::enoent);
  std::string text = path_text(current_fs().cwd, current_fs().root);
  if (text.size() + 1 > 4096) return fail(Errno::enametoolong);
  if (text.size() + 1 > a[1]) return fail(Errno::erange);
  TRY(copy_to_guest(a[0], std::as_bytes(std::span<const char>(text))));
  TRY(write_guest(a[0] + text.size(), '\0'));
  return static_cast<std::int64_t>(text.size() + 1);
}

Result<std::int64_t> sys_chdir(const Arguments& a) { return change_directory(TRY(path_at(kAtFdCwd, a[0], true))); }
Result<std::int64_t> sys_fchdir(const Arguments& a) {
  Ref<File> file = TRY(any_file_at(a[0]));
  if (!file->path) return fail(Errno::enotdir);
  return change_directory(file->path);
}

Result<std::int64_t> sys_chroot(const Arguments& a) {
  Path path = TRY(path_at(kAtFdCwd, a[0], true));
  if (!path.inode().directory()) return fail(Errno::enotdir);
  TRY(check_access(current_credentials(), path.inode(), kMayExecute));
  if (current_credentials().euid != 0) return fail(Errno::eperm);
  current_fs().root = path;
  return 0;
}

Result<std::int64_t> sys_umask(const Arguments& a) {
  std::uint32_t old = current_fs().umask;
  current_fs().umask = low32(a[0]) & 0777;
  return old;
}

}  // namespace tessera::lx
