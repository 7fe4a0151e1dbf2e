// SPDX-License-Identifier: Apache-2.0
// One process at work on another: process_vm_readv and _writev, process_madvise, kcmp.
#include <algorithm>

#include "components/linux/core/random.hpp"
#include "components/linux/fs/abi.hpp"
#include "components/linux/fs/syscall_support.hpp"
#include "components/linux/memory/address_space.hpp"
#include "components/linux/process/pidfd.hpp"
#include "components/linux/process/process.hpp"
#include "components/linux/process/registry.hpp"
#include "components/linux/process/thread.hpp"

namespace tessera::lx {

namespace {

Result<Thread*> thread_to_inspect(std::uint64_t argument) {
  Thread* const thread = registry().thread(int32(argument));
  if (thread == nullptr) return fail(Errno::esrch);
  if (!may_inspect(thread->process.pid)) return fail(Errno::eperm);
  return thread;
}

// Ranges of another process' memory: not checked against this one's.
Result<std::vector<GuestRange>> remote_ranges(std::uint64_t address, std::uint64_t count) {
  if (count > IoRanges::kMostRanges) return fail(Errno::einval);
  std::vector<GuestRange> ranges;
  ranges.reserve(static_cast<std::size_t>(count));
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto vector = TRY(read_guest<abi::IoVector>(address + i * sizeof(abi::IoVector)));
    if (static_cast<std::int64_t>(vector.bytes) < 0) return fail(Errno::einval);
    ranges.push_back({vector.address, vector.bytes});
  }
  return ranges;
}

Result<std::int64_t> copy_remote(const Arguments& a, bool write) {
  if (a[5] != 0) return fail(Errno::einval);
  const IoRanges local = TRY(IoRanges::read(a[1], a[2]));
  IoBuffer buffer = local.buffer();
  if (buffer.remaining() == 0) return 0;
  const std::vector<GuestRange> remote = TRY(remote_ranges(a[3], a[4]));
  const Thread* const thread = TRY(thread_to_inspect(a[0]));
  const Ref<AddressSpace> memory = thread->memory;
  if (!memory) return fail(Errno::esrch);
  [[clang::uninitialized]] std::array<std::byte, kPageBytes> page;
  std::uint64_t done = 0;
  bool faulted = false;
  for (const GuestRange& range : remote) {
    for (std::uint64_t at = 0; at < range.bytes && buffer.remaining() != 0 && !faulted;) {
      const std::uint64_t address = range.address + at;
      // No further than the end of the page: what is before a fault counts.
      const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(
          {range.bytes - at, buffer.remaining(), kPageBytes - address % kPageBytes}));
      const auto part = std::span(page).first(length);
      const std::size_t moved = write ? memory->write_remote(address, part.first(buffer.take(part)))
                                      : buffer.put(part.first(memory->read_remote(part, address)));
      faulted = moved < length;
      at += moved;
      done += moved;
    }
    if (faulted || buffer.remaining() == 0) break;
  }
  if (done == 0 && faulted) return fail(Errno::efault);
  return static_cast<std::int64_t>(done);
}

// Orders objects without telling where they are.
std::int64_t order_of(const void* one, const void* other) {
  static const std::uint64_t key = random_u64(), factor = random_u64() | 1;
  const auto hidden = [](const void* object) { return (reinterpret_cast<std::uint64_t>(object) ^ key) * factor; };
  if (one == other) return 0;
  return hidden(one) < hidden(other) ? 1 : 2;
}

}  // namespace

Result<std::int64_t> sys_process_vm_readv(const Arguments& a) { return copy_remote(a, false); }
Result<std::int64_t> sys_process_vm_writev(const Arguments& a) { return copy_remote(a, true); }

Result<std::int64_t> sys_process_madvise(const Arguments& a) {
  constexpr int kWillNeed = 3, kCold = 20, kPageOut = 21;
  const int advice = int32(a[3]);
  if (low32(a[4]) != 0) return fail(Errno::einval);
  const std::vector<GuestRange> ranges = TRY(remote_ranges(a[1], a[2]));
  const Ref<File> file = TRY(pidfd_at(a[0]));
  const Process* const process = file->pid_file()->process();
  const Thread* const leader = process != nullptr ? process->leader() : nullptr;
  if (leader == nullptr || !leader->memory) return fail(Errno::esrch);
  if (advice != kWillNeed && advice != kCold && advice != kPageOut) return fail(Errno::einval);
  if (!may_inspect(process->pid) || current_credentials().euid != 0) return fail(Errno::eperm);
  std::uint64_t done = 0;
  for (const GuestRange& range : ranges) {
    Result<void> advised;
    const std::uint64_t bytes = page_up(range.bytes);
    if (range.address % kPageBytes != 0 || bytes < range.bytes || range.address > kGuestLimit ||
        bytes > kGuestLimit - range.address)
      advised = fail(Errno::einval);
    else if (bytes != 0) advised = leader->memory->advise(range.address, bytes, advice);
    if (!advised && done == 0) return fail(advised.error());
    if (!advised) break;
    done += range.bytes;
  }
  return static_cast<std::int64_t>(done);
}

Result<std::int64_t> sys_kcmp(const Arguments& a) {
  enum Type : std::uint32_t { kFile, kMemory, kFiles, kFs, kSigHand, kIo, kSemaphores };
  const Thread* const one = registry().thread(int32(a[0]));
  const Thread* const other = registry().thread(int32(a[1]));
  if (one == nullptr || other == nullptr) return fail(Errno::esrch);
  if (!may_inspect(one->process.pid) || !may_inspect(other->process.pid)) return fail(Errno::eperm);
  switch (low32(a[2])) {
    case kFile: {
      if (!one->files || !other->files) return fail(Errno::ebadf);
      const File *first = one->files->find(int32(a[3])), *second = other->files->find(int32(a[4]));
      if (first == nullptr || second == nullptr) return fail(Errno::ebadf);
      return order_of(first, second);
    }
    case kMemory: return order_of(one->memory.get(), other->memory.get());
    case kFiles: return order_of(one->files.get(), other->files.get());
    case kFs: return order_of(one->fs.get(), other->fs.get());
    case kSigHand: return order_of(one->process.actions.get(), other->process.actions.get());
    case kIo: case kSemaphores: return 0;  // nobody has one: the same nothing
    default: return fail(Errno::einval);
  }
}

}  // namespace tessera::lx
