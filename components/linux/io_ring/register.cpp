// SPDX-License-Identifier: Apache-2.0
#include "components/linux/io_ring/register.hpp"

#include <algorithm>

#include "components/linux/fs/abi.hpp"
#include "components/linux/fs/syscall_support.hpp"
#include "components/linux/io_ring/operations.hpp"
#include "components/linux/memory/address_space.hpp"
#include "components/linux/process/thread.hpp"

namespace tessera::lx {

namespace {

constexpr std::uint32_t kMostBuffers = 16384, kMostFiles = 32768;
constexpr std::uint64_t kMostBufferBytes = std::uint64_t{1} << 30;
constexpr std::int32_t kNoFile = -1, kSkipFile = -2;

// A ring that keeps itself, or another that keeps it, would never go.
Result<Ref<File>> file_to_keep(std::int32_t descriptor) {
  Ref<File> file = TRY(file_at(static_cast<std::uint32_t>(descriptor)));
  if (file->io_ring() != nullptr) return fail(Errno::ebadf);
  return file;
}

Result<std::int64_t> keep_buffers(IoRing& ring, std::uint64_t address, std::uint32_t count) {
  if (!ring.buffers.empty()) return fail(Errno::ebusy);
  if (count == 0 || count > kMostBuffers) return fail(Errno::einval);
  std::vector<GuestRange> buffers;
  buffers.reserve(count);
  AreaSet& areas = current_thread().memory->areas();
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto vector = TRY(read_guest<abi::IoVector>(address + std::uint64_t{i} * sizeof(abi::IoVector)));
    if (vector.bytes == 0 || vector.bytes > kMostBufferBytes || vector.address > kGuestLimit - vector.bytes)
      return fail(Errno::efault);
    if (!areas.covered(page_down(vector.address), page_up(vector.address + vector.bytes))) return fail(Errno::efault);
    buffers.push_back({vector.address, vector.bytes});
  }
  ring.buffers = std::move(buffers);
  return 0;
}

Result<std::int64_t> keep_files(IoRing& ring, std::uint64_t address, std::uint32_t count) {
  if (ring.has_files) return fail(Errno::ebusy);
  if (count == 0) return fail(Errno::einval);
  if (count > kMostFiles || count > current_limit(7)) return fail(Errno::emfile);  // RLIMIT_NOFILE
  std::vector<Ref<File>> files(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto descriptor = TRY(read_guest<std::int32_t>(address + std::uint64_t{i} * sizeof(std::int32_t)));
    if (descriptor != kNoFile) files[i] = TRY(file_to_keep(descriptor));
  }
  ring.files = std::move(files);
  ring.has_files = true;
  return 0;
}

Result<std::int64_t> register_files_update(IoRing& ring, std::uint64_t address, std::uint32_t count) {
  struct Update {
    std::uint32_t first = 0, reserved = 0;
    std::uint64_t descriptors = 0;
  };
  const auto update = TRY(read_guest<Update>(address));
  if (update.reserved != 0) return fail(Errno::einval);
  return update_files(ring, update.first, update.descriptors, count);
}

Result<std::int64_t> keep_event_file(IoRing& ring, std::uint64_t address) {
  if (ring.event_file) return fail(Errno::ebusy);
  const auto descriptor = TRY(read_guest<std::int32_t>(address));
  Ref<File> file = TRY(file_at(static_cast<std::uint32_t>(descriptor)));
  if (!file->is_event_counter()) return fail(Errno::einval);
  ring.event_file = std::move(file);
  return 0;
}

Result<std::int64_t> probe(std::uint64_t address, std::uint32_t count) {
  struct Operation {
    std::uint8_t operation = 0, reserved = 0;
    std::uint16_t flags = 0;
    std::uint32_t reserved2 = 0;
  };
  struct Head {
    std::uint8_t last = ring_abi::kOperationCount - 1, count = 0;
    std::uint16_t reserved = 0;
    std::array<std::uint32_t, 3> reserved2{};
  };
  if (count > 256) return fail(Errno::einval);
  const std::size_t bytes = sizeof(Head) + count * sizeof(Operation);
  std::vector<std::byte> given(bytes);
  TRY(copy_from_guest(given, address));
  if (std::ranges::any_of(given, [](std::byte byte) { return byte != std::byte{0}; })) return fail(Errno::einval);
  const auto told = static_cast<std::uint8_t>(std::min<std::uint32_t>(count, ring_abi::kOperationCount));
  TRY(write_guest(address, Head{.count = told}));
  for (std::uint8_t i = 0; i < told; ++i) {
    const Operation operation{.operation = i, .flags = static_cast<std::uint16_t>(operation_supported(i) ? 1 : 0)};
    TRY(write_guest(address + sizeof(Head) + i * sizeof operation, operation));
  }
  return 0;
}

}  // namespace

Result<std::int64_t> update_files(IoRing& ring, std::uint32_t first, std::uint64_t address, std::uint32_t count) {
  if (!ring.has_files) return fail(Errno::enxio);
  if (count == 0 || first > ring.files.size() || count > ring.files.size() - first) return fail(Errno::einval);
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto failure = [&](Errno error) { return i != 0 ? Result<std::int64_t>(i) : fail(error); };
    const auto descriptor = read_guest<std::int32_t>(address + std::uint64_t{i} * sizeof(std::int32_t));
    if (!descriptor) return failure(descriptor.error());
    if (*descriptor == kSkipFile) continue;
    Ref<File> file;
    if (*descriptor != kNoFile) {
      auto found = file_to_keep(*descriptor);
      if (!found) return failure(found.error());
      file = std::move(*found);
    }
    ring.files[first + i] = std::move(file);
  }
  return count;
}

Result<std::int64_t> sys_io_uring_register(const Arguments& a) {
  enum What : std::uint32_t {
    kBuffers, kNoBuffers, kFiles, kNoFiles, kEventFile, kNoEventFile, kFilesUpdate, kEventFileAsync, kProbe,
  };
  const Ref<File> file = TRY(file_at(a[0]));
  IoRing* const ring = file->io_ring();
  if (ring == nullptr) return fail(Errno::eopnotsupp);
  const std::uint32_t what = low32(a[1]), count = low32(a[3]);
  const bool nothing_given = a[2] == 0 && count == 0;
  switch (what) {
    case kBuffers: return keep_buffers(*ring, a[2], count);
    case kNoBuffers:
      if (!nothing_given) return fail(Errno::einval);
      if (ring->buffers.empty()) return fail(Errno::enxio);
      ring->buffers.clear();
      return 0;
    case kFiles: return keep_files(*ring, a[2], count);
    case kNoFiles:
      if (!nothing_given) return fail(Errno::einval);
      if (!ring->has_files) return fail(Errno::enxio);
      ring->has_files = false;
      std::exchange(ring->files, {}).clear();
      return 0;
    case kEventFile: return count == 1 ? keep_event_file(*ring, a[2]) : fail(Errno::einval);
    case kNoEventFile:
      if (!nothing_given) return fail(Errno::einval);
      if (!ring->event_file) return fail(Errno::enxio);
      ring->event_file = nullptr;
      return 0;
    case kFilesUpdate: return register_files_update(*ring, a[2], count);
    case kProbe: return a[2] != 0 ? probe(a[2], count) : fail(Errno::einval);
    default: return fail(Errno::einval);
  }
}

}  // namespace tessera::lx
