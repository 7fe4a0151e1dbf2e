// SPDX-License-Identifier: Apache-2.0
// sendmsg, recvmsg and their forms for several messages.
#include <algorithm>

#include "components/linux/core/guest_memory.hpp"
#include "components/linux/process/contract.hpp"
#include "components/linux/socket/ancillary.hpp"
#include "components/linux/socket/support.hpp"
#include "components/linux/time/convert.hpp"
#include "components/linux/time/read_time.hpp"

namespace tessera::lx {
namespace {

struct MessageHeader {  // struct msghdr
  std::uint64_t name = 0;
  std::uint32_t name_length = 0, padding1 = 0;
  std::uint64_t ranges = 0, range_count = 0, control = 0, control_length = 0;
  std::uint32_t flags = 0, padding2 = 0;
};
static_assert(sizeof(MessageHeader) == 56);
constexpr std::uint64_t kManyBytes = 64;  // sizeof(struct mmsghdr): the header, and how much was moved
constexpr std::uint64_t kMostMessages = 1024;

Result<IoRanges> ranges_of(const MessageHeader& header) {
  if (header.range_count > IoRanges::kMostRanges) return fail(Errno::emsgsize);
  return IoRanges::read(header.ranges, header.range_count);
}

Result<std::size_t> send_one(File& file, std::uint64_t address, std::uint32_t flags) {
  const auto header = TRY(read_guest<MessageHeader>(address));
  const IoRanges ranges = TRY(ranges_of(header));
  IoBuffer from = ranges.buffer();
  Outgoing message{.bytes = from, .flags = flags, .non_blocking = never_waits(file, flags)};
  if (header.name != 0 && header.name_length != 0) message.to = TRY(read_address(header.name, header.name_length));
  if (header.control != 0) TRY(read_ancillary(header.control, header.control_length, message));
  return file.socket()->endpoint().send(message);
}

Result<std::size_t> receive_one(File& file, std::uint64_t address, std::uint32_t flags) {
  auto header = TRY(read_guest<MessageHeader>(address));
  const IoRanges ranges = TRY(ranges_of(header));
  IoBuffer to = ranges.buffer();
  UnixEndpoint& socket = file.socket()->endpoint();
  const Incoming got = TRY(socket.receive(to, flags, never_waits(file, flags)));
  const bool control = header.control != 0;
  const bool something = got.length != 0 || got.sender.pid != 0;
  const AncillaryWritten written = TRY(write_ancillary(got, socket.passes_ids && something && control, (flags & kMessageCloseOnExec) != 0,
                                                       header.control, control ? header.control_length : 0));
  if (header.name != 0)
    header.name_length = TRY(write_source(got.source.get(), header.name, header.name_length));
  header.control_length = written.length;
  header.flags = got.flags | written.flags | (flags & kMessageCloseOnExec);
  TRY(write_guest(address, header));
  return (flags & kMessageTruncated) != 0 ? got.length : got.bytes;
}

// Goes on until one fails; the first failure of all is the call's. What was moved is told for each.
template <typename One>
Result<std::int64_t> many(std::uint64_t address, std::uint64_t count, One one) {
  count = std::min(count, kMostMessages);
  for (std::uint64_t done = 0; done < count; ++done) {
    const std::uint64_t at = address + done * kManyBytes;
    const auto moved = one(at, done);
    const auto told = moved ? write_guest(at + sizeof(MessageHeader), static_cast<std::uint32_t>(*moved)) : fail(moved.error());
    if (!told) return done != 0 ? Result<std::int64_t>(static_cast<std::int64_t>(done)) : fail(told.error());
  }
  return static_cast<std::int64_t>(count);
}

}  // namespace

Result<std::int64_t> sys_sendmsg(const Arguments& a) {
  const Ref<File> file = TRY(socket_at(a[0]));
  return static_cast<std::int64_t>(TRY(send_one(*file, a[1], low32(a[2]))));
}

Result<std::int64_t> sys_recvmsg(const Arguments& a) {
  const Ref<File> file = TRY(socket_at(a[0]));
  return static_cast<std::int64_t>(TRY(receive_one(*file, a[1], low32(a[2]))));
}

Result<std::int64_t> sys_sendmmsg(const Arguments& a) {
  const Ref<File> file = TRY(socket_at(a[0]));
  return many(a[1], low32(a[2]), [&](std::uint64_t at, std::uint64_t) { return send_one(*file, at, low32(a[3])); });
}

// The time is looked at behind each message, as on Linux: a call that waits for the next
// one may wait longer.
Result<std::int64_t> sys_recvmmsg(const Arguments& a) {
  const Ref<File> file = TRY(socket_at(a[0]));
  const std::uint64_t end = a[4] == 0 ? kNoDeadline : after(monotonic_ns(), TRY(read_time(a[4])));
  const std::uint32_t flags = low32(a[3]);
  return many(a[1], low32(a[2]), [&](std::uint64_t at, std::uint64_t done) -> Result<std::size_t> {
    if (done != 0 && monotonic_ns() >= end) return fail(Errno::eagain);
    const bool once = done != 0 && (flags & kMessageWaitForOne) != 0;
    return receive_one(*file, at, (flags & ~kMessageWaitForOne) | (once ? kMessageDontWait : 0));
  });
}

}  // namespace tessera::lx
