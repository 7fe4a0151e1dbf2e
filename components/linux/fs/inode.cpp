// SPDX-License-Identifier: Apache-2.0
// What an inode answers that does not have an operation.
#include "components/linux/fs/inode.hpp"

#include "components/linux/fs/device.hpp"
#include "components/linux/fs/file_system.hpp"
#include "components/linux/fs/inode_file.hpp"
#include "components/linux/fs/lease.hpp"
#include "components/linux/fs/locks.hpp"
#include "components/linux/fs/pipe.hpp"
#include "components/linux/process/contract.hpp"

namespace tessera::lx {

Timespec current_time() {
  constexpr std::uint64_t kNsPerSecond = 1'000'000'000;
  std::uint64_t now = realtime_ns();
  return {static_cast<std::int64_t>(now / kNsPerSecond), static_cast<std::int64_t>(now % kNsPerSecond)};
}

Inode::Inode(FileSystem& file_system, std::uint64_t number) : file_system_(&file_system), number_(number) {}
// Without a name it was deleted, with one its file system is going.
Inode::~Inode() { watches.end(attributes.links == 0 ? kNotifyDeleteSelf : kNotifyUnmount); }

Result<Ref<Inode>> Inode::lookup(std::string_view) { return fail(directory() ? Errno::enoent : Errno::enotdir); }
Result<Ref<Inode>> Inode::create(std::string_view, std::uint32_t, std::uint64_t) { return fail(Errno::eacces); }
Result<Ref<Inode>> Inode::symlink(std::string_view, std::string_view) { return fail(Errno::eperm); }
Result<void> Inode::link(std::string_view, Inode&) { return fail(Errno::eperm); }
Result<void> Inode::unlink(std::string_view, Inode&, bool) { return fail(Errno::eperm); }
Result<void> Inode::rename(std::string_view, Inode&, Inode&, std::string_view, Inode*, std::uint32_t) { return fail(Errno::eperm); }
Result<void> Inode::read_directory(std::uint64_t&, DirectorySink&) { return fail(Errno::enotdir); }
Result<Ref<Inode>> Inode::create_unnamed(std::uint32_t) { return fail(Errno::eopnotsupp); }
Result<std::string> Inode::read_link() { return fail(Errno::einval); }
Result<bool> Inode::follow_magic(Path&) { return false; }
Result<std::size_t> Inode::read_at(IoBuffer&, std::uint64_t) { return fail(Errno::einval); }
Result<std::size_t> Inode::write_at(IoBuffer&, std::uint64_t) { return fail(Errno::einval); }
Result<void> Inode::truncate(std::uint64_t) { return fail(Errno::einval); }
Result<void> Inode::allocate(std::uint32_t, std::uint64_t, std::uint64_t) {
  return fail(type() == kFifo ? Errno::espipe : Errno::enodev);
}
Result<std::uint64_t> Inode::seek_data(std::uint64_t offset, bool hole) {
  if (offset >= attributes.size) return fail(Errno::enxio);
  return hole ? attributes.size : offset;
}
Result<void> Inode::set_extended_attribute(std::string_view, std::span<const std::byte>, std::uint32_t) {
  return fail(Errno::eopnotsupp);
}
Result<void> Inode::remove_extended_attribute(std::string_view) { return fail(Errno::eopnotsupp); }
Result<Frame> Inode::page(std::uint64_t, bool) { return fail(Errno::enodev); }

Result<Ref<File>> Inode::open(std::uint32_t flags) {
  switch (type()) {
    case kRegular: return Ref<File>(make_ref<RegularFile>(Ref<Inode>(this), flags));
    case kDirectory: return Ref<File>(make_ref<DirectoryFile>(Ref<Inode>(this), flags));
    case kCharDevice:
    case kBlockDevice: return open_device(*this, flags);
    case kFifo: return open_fifo(*this, flags);
    case kSymlink: return fail(Errno::eloop);
    default: return fail(Errno::enxio);  // sockets
  }
}

}  // namespace tessera::lx
