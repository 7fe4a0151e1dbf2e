// SPDX-License-Identifier: Apache-2.0
// mmap and its family: arguments checked as Linux does, then AddressSpace.
#include <algorithm>
#include <linux_arch/program.hpp>

#include "components/linux/core/guest_memory.hpp"
#include "components/linux/fs/context.hpp"
#include "components/linux/fs/file.hpp"
#include "components/linux/fs/file_system.hpp"
#include "components/linux/fs/file_table.hpp"
#include "components/linux/fs/inode.hpp"
#include "components/linux/fs/seals.hpp"
#include "components/linux/memory/address_space.hpp"
#include "components/linux/memory/ranges.hpp"
#include "components/linux/process/process.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/syscall/table.hpp"

namespace tessera::lx {

namespace {

// MAP_* of Linux.
constexpr std::uint64_t kShared = 1, kPrivate = 2, kSharedValidate = 3, kKindMask = 0xf, kFixed = 0x10,
                        kAnonymous = 0x20, kGrowsDown = 0x100, kLocked = 0x2000, kNoReserve = 0x4000, kPopulate = 0x8000,
                        kStack = 0x20000, kHugePages = 0x40000, kFixedNoReplace = 0x100000;
// What Linux has always taken, known or not; all of it is without effect but what is above.
constexpr std::uint64_t kOldFlags = kShared | kPrivate | kFixed | kAnonymous | kGrowsDown | 0x800 | 0x1000 | kLocked |
                                    kNoReserve | kPopulate | 0x10000 | kStack | kHugePages | 0x4000000 | 0x40;
constexpr std::uint64_t kProtMask = kProtRead | kProtWrite | kProtExecute;
constexpr std::uint64_t kProtSemaphores = 8;  // PROT_SEM: on any memory
constexpr std::uint64_t kProtGrowsDown = 0x01000000, kProtGrowsUp = 0x02000000;

AddressSpace& memory() { return *current_thread().memory; }

// What an area keeps of the argument: nothing of it is more than nothing if no access is allowed.
std::uint32_t kept_protection(std::uint64_t asked) {
  const std::uint64_t access = asked & kProtMask;
  return static_cast<std::uint32_t>(access == 0 ? 0 : access | (asked & machine_protection()));
}

bool is_zero_device(const Inode& inode) {
  return inode.type() == kCharDevice && inode.attributes.rdev == make_device(1, 5);
}

// The area's backing and what it may be used for.
Result<void> back_with_file(Area& area, std::uint64_t descriptor, std::uint64_t offset) {
  const Ref<File> file = TRY(file_at(descriptor));
  if (!file->readable()) return fail(Errno::eacces);
  if (area.shared && (area.protection & kProtWrite) != 0 && !file->writable()) return fail(Errno::eacces);
  const Ref<Inode> inode = file->inode();
  if (!inode) return fail(Errno::enodev);
  if (is_zero_device(*inode)) {
    if (area.shared) area.backing = make_ref<SharedMemory>(area.bytes() / kPageBytes);
    return {};
  }
  if (inode->type() != kRegular) {
    area.backing = TRY(file->mapping(offset, area.bytes(), area.shared));
    return {};
  }
  area.may_write = !area.shared || file->writable();
  const std::uint32_t* const seals = inode->seals();
  if (area.shared && seals != nullptr && (*seals & kNoNewWrites) != 0) {
    if ((area.protection & kProtWrite) != 0) return fail(Errno::eperm);
    area.may_write = false;
  }
  area.offset_pages = offset / kPageBytes;
  area.backing = make_ref<MappedFile>(inode, file, file->path);
  return {};
}

}  // namespace

Result<std::int64_t> sys_mmap(const Arguments& arguments) {
  const std::uint64_t hint = arguments[0];
  const std::uint64_t flags = arguments[3];
  const std::uint64_t offset = arguments[5];
  const std::uint64_t kind = flags & kKindMask;
  if (offset % kPageBytes != 0) return fail(Errno::einval);
  // The descriptor is looked at before the length, as on Linux.
  if ((flags & kAnonymous) == 0) TRY(file_at(arguments[4]));
  if (arguments[1] == 0) return fail(Errno::einval);
  const std::uint64_t bytes = whole_pages(arguments[1]);
  if (bytes == 0 || bytes > kGuestLimit) return fail(Errno::enomem);
  const bool anonymous = (flags & kAnonymous) != 0;
  if (kind != kShared && kind != kPrivate && (kind != kSharedValidate || anonymous)) return fail(Errno::einval);
  if (kind == kSharedValidate && (flags & ~kOldFlags & ~kSharedValidate) != 0) return fail(Errno::eopnotsupp);
  if (offset / kPageBytes + bytes / kPageBytes > (std::uint64_t{1} << 52)) return fail(Errno::eoverflow);
  if ((flags & kHugePages) != 0) return fail(Errno::enomem);  // there is no huge page to be had

  Area area;
  area.protection = kept_protection(arguments[2]);
  area.shared = kind != kPrivate;
  area.grows_down = (flags & kGrowsDown) != 0;
  area.no_reserve = (flags & kNoReserve) != 0;
  const bool fixed = (flags & (kFixed | kFixedNoReplace)) != 0;
  if (fixed) {
    if (hint % kPageBytes != 0) return fail(Errno::einval);
    if (hint > kGuestLimit || bytes > kGuestLimit - hint) return fail(Errno::enomem);
    if (hint < kLowestAddress) return fail(Errno::eperm);
    if ((flags & kFixedNoReplace) != 0 && !memory().areas().free(hint, hint + bytes)) return fail(Errno::eexist);
    area.start = hint;
  } else {
    area.start = TRY(memory().find_room(bytes, page_up(hint)));
  }
  area.end = area.start + bytes;
  PageLock lock = memory().future_lock;
  if ((flags & kLocked) != 0) {
    if (!memory().may_lock_any()) return fail(Errno::eperm);
    if (lock == PageLock::none) lock = PageLock::now;
  }
  if (lock != PageLock::none && !memory().may_lock(bytes)) return fail(Errno::eagain);
  if (!anonymous) TRY(back_with_file(area, arguments[4], offset));
  if (area.grows_down && (area.shared || !anonymous)) return fail(Errno::einval);
  // What can never be filled is refused: more than all of the memory.
  if (anonymous && area.shared && !area.no_reserve && bytes / kPageBytes > frame_counts().total)
    return fail(Errno::enomem);
  if (anonymous && area.shared) area.backing = make_ref<SharedMemory>(bytes / kPageBytes);
  area.locked = lock != PageLock::none;
  area.lock_on_fault = lock == PageLock::on_fault;
  const std::uint64_t start = area.start;
  TRY(memory().map(std::move(area)));
  if ((flags & kPopulate) != 0 || lock == PageLock::now) (void)memory().populate(start, bytes);
  return static_cast<std::int64_t>(start);
}

Result<std::int64_t> sys_munmap(const Arguments& arguments) {
  const std::uint64_t bytes = TRY(checked_range(arguments[0], arguments[1], Errno::einval));
  if (bytes == 0) return fail(Errno::einval);
  TRY(memory().unmap(arguments[0], bytes));
  return 0;
}

Result<std::int64_t> sys_mprotect(const Arguments& arguments) {
  std::uint64_t protection = arguments[2];
  std::uint64_t start = arguments[0];
  const bool down = (protection & kProtGrowsDown) != 0;
  protection &= ~(kProtGrowsDown | kProtGrowsUp);
  if ((arguments[2] & kProtGrowsDown) != 0 && (arguments[2] & kProtGrowsUp) != 0) return fail(Errno::einval);
  std::uint64_t bytes = TRY(checked_range(start, arguments[1], Errno::enomem));
  if (bytes == 0) return 0;
  if ((protection & ~(kProtMask | kProtSemaphores | machine_protection())) != 0) return fail(Errno::einval);
  if (down) {  // from the start of the stack that the range lies in
    const Area* const area = memory().areas().find(start);
    if (area == nullptr) return fail(Errno::enomem);
    if (!area->grows_down) return fail(Errno::einval);
    bytes += start - area->start;
    start = area->start;
  }
  TRY(memory().protect(start, bytes, kept_protection(protection)));
  return 0;
}

Result<std::int64_t> sys_mremap(const Arguments& arguments) {
  if (arguments[0] % kPageBytes != 0) return fail(Errno::einval);
  const std::uint64_t old_bytes = whole_pages(arguments[1]);
  const std::uint64_t new_bytes = whole_pages(arguments[2]);
  if (new_bytes == 0 || (old_bytes == 0 && arguments[1] != 0)) return fail(Errno::einval);
  if (arguments[0] >= kGuestLimit || old_bytes > kGuestLimit - arguments[0]) return fail(Errno::efault);
  if (new_bytes > kGuestLimit) return fail(Errno::enomem);
  if ((arguments[3] >> 32) != 0) return fail(Errno::einval);
  const std::uint64_t address = TRY(memory().remap(arguments[0], old_bytes, new_bytes,
                                                   static_cast<std::uint32_t>(arguments[3]), arguments[4]));
  return static_cast<std::int64_t>(address);
}

Result<std::int64_t> sys_brk(const Arguments& arguments) {
  return static_cast<std::int64_t>(memory().set_break(arguments[0]));
}

Result<std::int64_t> sys_madvise(const Arguments& arguments) {
  if (!known_advice(static_cast<std::int32_t>(arguments[2]))) return fail(Errno::einval);
  const std::uint64_t bytes = TRY(checked_range(arguments[0], arguments[1], Errno::einval));
  if (bytes == 0) return 0;
  TRY(memory().advise(arguments[0], bytes, static_cast<int>(static_cast<std::int32_t>(arguments[2]))));
  return 0;
}

Result<std::int64_t> sys_mincore(const Arguments& arguments) {
  const std::uint64_t bytes = TRY(checked_range(arguments[0], arguments[1], Errno::enomem));
  if (bytes != 0 && !memory().areas().covered(arguments[0], arguments[0] + bytes)) return fail(Errno::enomem);
  const auto resident = [](std::uint64_t address) {
    const Area* const area = memory().areas().find(address);
    if (area != nullptr && area->backing && !area->backing->tells_residence()) return true;
    if (memory().pages().get(address / kPageBytes).valid()) return true;
    return area != nullptr && area->backing && area->backing->cached(area->backing_page(address));
  };
  std::array<std::byte, 256> present{};
  const std::uint64_t pages = bytes / kPageBytes;
  for (std::uint64_t at = 0; at < pages; at += present.size()) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(present.size(), pages - at));
    for (std::size_t i = 0; i < count; ++i)
      present[i] = resident(arguments[0] + (at + i) * kPageBytes) ? std::byte{1} : std::byte{0};
    TRY(copy_to_guest(arguments[2] + at, std::span(present).first(count)));
  }
  return 0;
}

Result<std::int64_t> sys_msync(const Arguments& arguments) {
  constexpr std::uint64_t kAsync = 1, kInvalidate = 2, kSync = 4;
  const std::uint64_t flags = arguments[2];
  if ((flags & ~(kAsync | kInvalidate | kSync)) != 0 || (flags & (kAsync | kSync)) == (kAsync | kSync))
    return fail(Errno::einval);
  const std::uint64_t bytes = TRY(checked_range(arguments[0], arguments[1], Errno::enomem));
  const std::uint64_t end = arguments[0] + bytes;
  const auto locked = [](const Area& area) { return area.locked; };
  if ((flags & kInvalidate) != 0 && memory().areas().bytes_of(arguments[0], end, locked) != 0)
    return fail(Errno::ebusy);
  if (bytes != 0 && !memory().areas().covered(arguments[0], end)) return fail(Errno::enomem);
  if ((flags & kSync) == 0) return 0;
  // Shared mappings are the page cache itself. Areas come and go while a file is waited for.
  std::vector<Ref<Inode>> files;
  memory().areas().for_each(arguments[0], end, [&](const Area& area) {
    if (area.shared && area.backing && area.backing->inode() != nullptr) files.emplace_back(area.backing->inode());
  });
  for (const Ref<Inode>& file : files) TRY(file->sync(true, Hold::leave));
  return 0;
}

}  // namespace tessera::lx
