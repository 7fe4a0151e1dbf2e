// SPDX-License-Identifier: Apache-2.0
// mlock and its family. No page ever leaves memory: what they do is to bring pages in,
// to count against RLIMIT_MEMLOCK, and to mark areas whose pages may not be given up.
#include "components/linux/memory/address_space.hpp"
#include "components/linux/memory/ranges.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/syscall/table.hpp"

namespace tessera::lx {

namespace {

AddressSpace& memory() { return *current_thread().memory; }

Result<std::int64_t> lock(std::uint64_t start, std::uint64_t length, bool on_fault) {
  if (!memory().may_lock_any()) return fail(Errno::eperm);
  const GuestRange range = TRY(lock_range(start, length));
  const std::uint64_t end = range.address + range.bytes;
  const std::uint64_t already =
      memory().areas().bytes_of(range.address, end, [](const Area& area) { return area.locked; });
  if (!memory().may_lock(range.bytes - already)) return fail(Errno::enomem);
  if (range.bytes == 0) return 0;
  TRY(memory().lock(range.address, range.bytes, on_fault ? PageLock::on_fault : PageLock::now));
  return 0;
}

}  // namespace

Result<std::int64_t> sys_mlock(const Arguments& arguments) { return lock(arguments[0], arguments[1], false); }

Result<std::int64_t> sys_mlock2(const Arguments& arguments) {
  constexpr std::uint64_t kOnFault = 1;
  if ((arguments[2] & ~kOnFault) != 0) return fail(Errno::einval);
  return lock(arguments[0], arguments[1], (arguments[2] & kOnFault) != 0);
}

Result<std::int64_t> sys_munlock(const Arguments& arguments) {
  const GuestRange range = TRY(lock_range(arguments[0], arguments[1]));
  if (range.bytes == 0) return 0;
  TRY(memory().lock(range.address, range.bytes, PageLock::none));
  return 0;
}

Result<std::int64_t> sys_mlockall(const Arguments& arguments) {
  constexpr std::uint64_t kCurrent = 1, kFuture = 2, kOnFault = 4;
  const std::uint64_t flags = arguments[0];
  if (flags == 0 || (flags & ~(kCurrent | kFuture | kOnFault)) != 0 || flags == kOnFault) return fail(Errno::einval);
  if (!memory().may_lock_any()) return fail(Errno::eperm);
  const PageLock how = (flags & kOnFault) != 0 ? PageLock::on_fault : PageLock::now;
  const bool current = (flags & kCurrent) != 0;
  if (current && !memory().may_lock_all()) return fail(Errno::enomem);
  memory().future_lock = (flags & kFuture) != 0 ? how : PageLock::none;
  if (current) memory().lock_all(how);
  return 0;
}

Result<std::int64_t> sys_munlockall(const Arguments&) {
  memory().future_lock = PageLock::none;
  memory().lock_all(PageLock::none);
  return 0;
}

}  // namespace tessera::lx
