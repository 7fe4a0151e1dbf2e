// SPDX-License-Identifier: Apache-2.0
// mmap and its family: arguments checked as Linux does, then AddressSpace.
#include <algorithm>

#include "components/linux/core/guest_memory.hpp"
#include "components/linux/fs/context.hpp"
#include "components/linux/fs/file.hpp"
#include "components/linux/fs/file_system.hpp"
#include "components/linux/fs/file_table.hpp"
#include "components/linux/fs/inode.hpp"
#include "components/linux/memory/address_space.hpp"
#include "components/linux/process/process.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/syscall/table.hpp"

namespace tessera::lx {

namespace {

// MAP_* of Linux.
constexpr std::uint64_t kShared = 1, kPrivate = 2, kSharedValidate = 3, kKindMask = 0xf, kFixed = 0x10,
                        kAnonymous = 0x20, kGrowsDown = 0x100, kLocked = 0x2000, kPopulate = 0x8000,
                        kHugePages = 0x40000, kFixedNoReplace = 0x100000;
constexpr std::uint64_t kProtMask = kProtRead | kProtWrite | kProtExecute;
constexpr std::uint64_t kProtGrowsDown = 0x01000000, kProtGrowsUp = 0x02000000;

AddressSpace& memory() { return *current_thread().memory; }

// Whole pages of a length; 0 when it overflows.
std::uint64_t whole_pages(std::uint64_t bytes) {
  return bytes > ~std::uint64_t{0} - kPageBytes ? 0 : page_up(bytes);
}

// A range that calls work on: aligned start, length rounded up, below the limit.
Result<std::uint64_t> checked_range(std::uint64_t start, std::uint64_t bytes, Errno beyond) {
  if (start % kPageBytes != 0) return fail(Errno::einval);
  const std::uint64_t whole = whole_pages(bytes);
  if (whole == 0 && bytes != 0) return fail(beyond);
  if (start > kGuestLimit || whole > kGuestLimit - start) return fail(beyond);
  return whole;
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
  if (kind != kShared && kind != kPrivate && kind != kSharedValidate) return fail(Errno::einval);
  if (offset / kPageBytes + bytes / kPageBytes > (std::uint64_t{1} << 52)) return fail(Errno::eoverflow);
  if ((flags & kHugePages) != 0) return fail(Errno::enomem);  // there is no huge page to be had

  Area area;
  area.protection = static_cast<std::uint32_t>(arguments[2] & kProtMask);
  area.shared = kind != kPrivate;
  area.grows_down = (flags & kGrowsDown) != 0;
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
  // What can never be filled is refused: more than all of the memory, twice.
  if (area.shared && (flags & kAnonymous) != 0 && bytes / kPageBytes > frame_counts().total)
    return fail(Errno::enomem);
  if ((flags & kAnonymous) == 0) TRY(back_with_file(area, arguments[4], offset));
  else if (area.shared) area.backing = make_ref<SharedMemory>(bytes / kPageBytes);
  const std::uint64_t start = area.start;
  TRY(memory().map(std::move(area)));
  if ((flags & (kPopulate | kLocked)) != 0) memory().populate(start, bytes);
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
  if ((protection & ~kProtMask) != 0) return fail(Errno::einval);
  if (down) {  // from the start of the stack that the range lies in
    const Area* const area = memory().areas().find(start);
    if (area == nullptr) return fail(Errno::enomem);
    if (!area->grows_down) return fail(Errno::einval);
    bytes += start - area->start;
    start = area->start;
  }
  TRY(memory().protect(start, bytes, static_cast<std::uint32_t>(protection)));
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
  const std::uint64_t limit = current_thread().process.limits[kLimitData].soft;
  return static_cast<std::int64_t>(memory().set_break(arguments[0], limit));
}

Result<std::int64_t> sys_madvise(const Arguments& arguments) {
  const std::uint64_t bytes = TRY(checked_range(arguments[0], arguments[1], Errno::einval));
  if (bytes == 0) return 0;
  TRY(memory().advise(arguments[0], bytes, static_cast<int>(static_cast<std::int32_t>(arguments[2]))));
  return 0;
}

Result<std::int64_t> sys_mincore(const Arguments& arguments) {
  const std::uint64_t bytes = TRY(checked_range(arguments[0], arguments[1], Errno::enomem));
  if (bytes != 0 && !memory().areas().covered(arguments[0], arguments[0] + bytes)) return fail(Errno::enomem);
  std::array<std::byte, 256> present{};
  const std::uint64_t pages = bytes / kPageBytes;
  for (std::uint64_t at = 0; at < pages; at += present.size()) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(present.size(), pages - at));
    for (std::size_t i = 0; i < count; ++i)
      present[i] = std::byte{memory().pages().get(arguments[0] / kPageBytes + at + i).valid() ? std::uint8_t{1} : std::uint8_t{0}};
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
  // Shared mappings are the page cache itself: there is nothing to carry over.
  if (bytes != 0 && !memory().areas().covered(arguments[0], arguments[0] + bytes)) return fail(Errno::enomem);
  return 0;
}

namespace {

Result<std::int64_t> lock(std::uint64_t start, std::uint64_t length) {
  const std::uint64_t first = page_down(start);
  const std::uint64_t bytes = TRY(checked_range(first, length + (start - first), Errno::enomem));
  if (bytes == 0) return 0;
  if (!memory().areas().covered(first, first + bytes)) return fail(Errno::enomem);
  // Pages never leave memory: it is enough that they are there.
  memory().populate(first, bytes);
  return 0;
}

}  // namespace

Result<std::int64_t> sys_mlock(const Arguments& arguments) { return lock(arguments[0], arguments[1]); }
Result<std::int64_t> sys_mlock2(const Arguments& arguments) {
  if ((arguments[2] & ~std::uint64_t{1}) != 0) return fail(Errno::einval);
  return lock(arguments[0], arguments[1]);
}
Result<std::int64_t> sys_munlock(const Arguments& arguments) {
  const std::uint64_t first = page_down(arguments[0]);
  const std::uint64_t bytes = TRY(checked_range(first, arguments[1] + (arguments[0] - first), Errno::enomem));
  if (bytes != 0 && !memory().areas().covered(first, first + bytes)) return fail(Errno::enomem);
  return 0;
}
Result<std::int64_t> sys_mlockall(const Arguments& arguments) {
  if (arguments[0] == 0 || arguments[0] > 7 || arguments[0] == 4) return fail(Errno::einval);
  return 0;
}
Result<std::int64_t> sys_munlockall(const Arguments&) { return 0; }

}  // namespace tessera::lx
