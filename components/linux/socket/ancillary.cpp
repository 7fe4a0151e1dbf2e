// SPDX-License-Identifier: Apache-2.0
#include "components/linux/socket/ancillary.hpp"

#include <algorithm>

#include "components/linux/core/guest_memory.hpp"
#include "components/linux/fs/file_table.hpp"
#include "components/linux/process/contract.hpp"

namespace tessera::lx {
namespace {

struct ControlHeader {  // struct cmsghdr
  std::uint64_t length = 0;
  std::int32_t level = 0, type = 0;
};
constexpr std::int32_t kLevelSocket = 1, kRights = 1, kIds = 2;
constexpr std::uint64_t kMostControlBytes = 20480;  // net.core.optmem_max
constexpr std::uint64_t kMostFiles = 253;

constexpr std::uint64_t aligned(std::uint64_t bytes) { return (bytes + 7) & ~std::uint64_t{7}; }

Result<void> read_files(std::uint64_t address, std::uint64_t count, std::vector<Ref<File>>& files) {
  if (files.size() + count > kMostFiles) return fail(Errno::einval);
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto descriptor = TRY(read_guest<std::uint32_t>(address + 4 * i));
    Ref<File> file = TRY(any_file_at(descriptor));
    // A ring keeps files: one that waits in a socket which it keeps would never go.
    if (file->io_ring() != nullptr) return fail(Errno::einval);
    files.push_back(std::move(file));
  }
  return {};
}

// One may say who one is, root anything.
Result<SocketIds> read_ids(std::uint64_t address) {
  const auto ids = TRY(read_guest<SocketIds>(address));
  const Credentials& own = current_credentials();
  if (own.euid == 0) return ids;
  const bool pid = ids.pid == current_pid();
  const bool uid = ids.uid == own.uid || ids.uid == own.euid || ids.uid == own.suid;
  const bool gid = ids.gid == own.gid || ids.gid == own.egid || ids.gid == own.sgid;
  if (!pid || !uid || !gid) return fail(Errno::eperm);
  return ids;
}

// Where the next control message goes, and what is left.
struct Cursor {
  std::uint64_t address, room;
  AncillaryWritten written{};

  Result<void> put(std::int32_t type, std::span<const std::byte> data) {
    if (room < sizeof(ControlHeader)) {
      written.flags |= kMessageControlTruncated;
      return {};
    }
    std::uint64_t length = sizeof(ControlHeader) + data.size();
    if (room < length) {
      written.flags |= kMessageControlTruncated;
      length = room;
    }
    TRY(write_guest(address, ControlHeader{.length = length, .level = kLevelSocket, .type = type}));
    TRY(copy_to_guest(address + sizeof(ControlHeader), data.first(static_cast<std::size_t>(length - sizeof(ControlHeader)))));
    const std::uint64_t step = std::min(aligned(length), room);
    address += step;
    room -= step;
    written.length += step;
    return {};
  }
};

Result<void> put_files(Cursor& cursor, const std::vector<Ref<File>>& files, bool close_on_exec) {
  const std::uint64_t most = cursor.room < sizeof(ControlHeader) ? 0 : (cursor.room - sizeof(ControlHeader)) / 4;
  std::vector<std::int32_t> descriptors;
  for (const auto& file : files) {
    if (descriptors.size() >= most) break;
    const auto descriptor = current_files().install(file, close_on_exec);
    if (!descriptor) break;
    descriptors.push_back(*descriptor);
  }
  if (descriptors.size() < files.size()) cursor.written.flags |= kMessageControlTruncated;
  if (descriptors.empty()) return {};
  const auto done = cursor.put(kRights, std::as_bytes(std::span(descriptors)));
  if (!done)
    for (const std::int32_t descriptor : descriptors) (void)current_files().close(descriptor);
  return done;
}

}  // namespace

Result<void> read_ancillary(std::uint64_t address, std::uint64_t length, Outgoing& message) {
  if (length > kMostControlBytes) return fail(Errno::enobufs);
  std::vector<Ref<File>> files;
  while (length >= sizeof(ControlHeader)) {
    const auto header = TRY(read_guest<ControlHeader>(address));
    if (header.length < sizeof header || header.length > length) return fail(Errno::einval);
    const std::uint64_t data = header.length - sizeof header;
    if (header.level == kLevelSocket) {
      switch (header.type) {
        case kRights: TRY(read_files(address + sizeof header, data / 4, files)); break;
        case kIds:
          if (data != sizeof(SocketIds)) return fail(Errno::einval);
          message.ids = TRY(read_ids(address + sizeof header));
          break;
        default: return fail(Errno::einval);
      }
    }
    const std::uint64_t step = std::min(aligned(header.length), length);
    address += step;
    length -= step;
  }
  message.rights = TRY(Flight::start(std::move(files)));
  return {};
}

Result<AncillaryWritten> write_ancillary(const Incoming& got, bool ids, bool close_on_exec, std::uint64_t address,
                                         std::uint64_t room) {
  Cursor cursor{.address = address, .room = room};
  if (ids) TRY(cursor.put(kIds, std::as_bytes(std::span(&got.sender, 1))));
  if (!got.files.empty()) TRY(put_files(cursor, got.files, close_on_exec));
  return cursor.written;
}

}  // namespace tessera::lx
