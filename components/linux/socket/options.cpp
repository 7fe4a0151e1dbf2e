// SPDX-License-Identifier: Apache-2.0
// getsockopt, setsockopt: socket(7). AF_UNIX has no options of other levels.
#include <algorithm>

#include "components/linux/core/guest_memory.hpp"
#include "components/linux/process/contract.hpp"
#include "components/linux/socket/support.hpp"
#include "components/linux/time/convert.hpp"

namespace tessera::lx {
namespace {

constexpr std::uint32_t kLevelSocket = 1;
enum Option : std::uint32_t {
  kReuseAddress = 2, kType = 3, kError = 4, kDontRoute = 5, kBroadcast = 6, kSendBuffer = 7, kReceiveBuffer = 8,
  kKeepAlive = 9, kOutOfBandInline = 10, kPriority = 12, kLinger = 13, kReusePort = 15, kPassIds = 16, kPeerIds = 17,
  kReceiveLowWater = 18, kSendLowWater = 19, kReceiveTimeout = 20, kSendTimeout = 21, kAcceptsConnections = 30,
  kSendBufferForce = 32, kReceiveBufferForce = 33, kProtocol = 38, kDomain = 39,
};

Result<void> set_timeout(std::uint64_t& timeout, std::uint64_t address, std::uint64_t length) {
  if (length < sizeof(GuestTimeval)) return fail(Errno::einval);
  const auto time = TRY(read_guest<GuestTimeval>(address));
  if (time.microseconds < 0 || time.microseconds >= 1'000'000) return fail(Errno::edom);
  const auto ns = time.seconds < 0 ? Result<std::uint64_t>(1U) : ns_of(time);  // a negative one ends at once
  timeout = TRY(ns);
  return {};
}

// What is kept for the sake of programs that set it: nothing here would act on it.
bool without_effect(std::uint32_t option) {
  switch (option) {
    case kReuseAddress: case kDontRoute: case kBroadcast: case kKeepAlive: case kOutOfBandInline: case kPriority:
    case kReusePort: case kReceiveLowWater: return true;
    default: return false;
  }
}

Result<void> put_bytes(std::uint64_t address, std::uint64_t length_address, std::span<const std::byte> value) {
  const auto room = TRY(read_guest<std::int32_t>(length_address));
  if (room < 0) return fail(Errno::einval);
  const auto part = value.first(std::min<std::size_t>(value.size(), static_cast<std::size_t>(room)));
  TRY(copy_to_guest(address, part));
  return write_guest(length_address, static_cast<std::int32_t>(part.size()));
}

template <typename T>
Result<void> put_value(std::uint64_t address, std::uint64_t length_address, const T& value) {
  return put_bytes(address, length_address, std::as_bytes(std::span<const T, 1>(&value, 1)));
}

Result<std::int32_t> int_option(UnixEndpoint& socket, std::uint32_t option) {
  switch (option) {
    case kType: return static_cast<std::int32_t>(socket.kind());
    case kError: return static_cast<std::int32_t>(socket.take_error());
    case kSendBuffer: return static_cast<std::int32_t>(socket.send_limit());
    case kReceiveBuffer: return socket.receive_limit;
    case kPassIds: return socket.passes_ids ? 1 : 0;
    case kAcceptsConnections: return socket.listening() ? 1 : 0;
    case kProtocol: return 0;
    case kDomain: return kFamilyUnix;
    case kReceiveLowWater: case kSendLowWater: return 1;
    default: break;
  }
  if (!without_effect(option)) return fail(Errno::enoprotoopt);
  return (socket.options_without_effect >> option & 1) != 0 ? 1 : 0;
}

Result<void> set_option(UnixEndpoint& socket, std::uint32_t option, std::uint64_t address, std::uint64_t length) {
  if (option == kReceiveTimeout) return set_timeout(socket.receive_timeout_ns, address, length);
  if (option == kSendTimeout) return set_timeout(socket.send_timeout_ns, address, length);
  if (length < sizeof(std::int32_t)) return fail(Errno::einval);
  const auto value = TRY(read_guest<std::int32_t>(address));
  switch (option) {
    case kSendBufferForce:
      if (current_credentials().euid != 0) return fail(Errno::eperm);
      [[fallthrough]];
    case kSendBuffer: socket.set_send_limit(value < 0 ? 0 : static_cast<std::size_t>(value)); return {};
    case kReceiveBufferForce:
      if (current_credentials().euid != 0) return fail(Errno::eperm);
      [[fallthrough]];
    case kReceiveBuffer: socket.receive_limit = std::clamp(value, 1152, 212992) * 2; return {};
    case kPassIds: socket.passes_ids = value != 0; return {};
    case kLinger: return {};
    default: break;
  }
  if (!without_effect(option)) return fail(Errno::enoprotoopt);
  const std::uint64_t bit = std::uint64_t{1} << option;
  socket.options_without_effect = value != 0 ? socket.options_without_effect | bit : socket.options_without_effect & ~bit;
  return {};
}

}  // namespace

Result<std::int64_t> sys_setsockopt(const Arguments& a) {
  const Ref<File> file = TRY(socket_at(a[0]));
  if (int32(a[4]) < 0) return fail(Errno::einval);
  if (low32(a[1]) != kLevelSocket) return fail(Errno::eopnotsupp);
  TRY(set_option(file->socket()->endpoint(), low32(a[2]), a[3], low32(a[4])));
  return 0;
}

Result<std::int64_t> sys_getsockopt(const Arguments& a) {
  const Ref<File> file = TRY(socket_at(a[0]));
  UnixEndpoint& socket = file->socket()->endpoint();
  if (low32(a[1]) != kLevelSocket) return fail(Errno::eopnotsupp);
  switch (low32(a[2])) {
    case kPeerIds: TRY(put_value(a[3], a[4], socket.peer_ids())); return 0;
    case kReceiveTimeout: TRY(put_value(a[3], a[4], timeval_of(socket.receive_timeout_ns))); return 0;
    case kSendTimeout: TRY(put_value(a[3], a[4], timeval_of(socket.send_timeout_ns))); return 0;
    case kLinger: TRY(put_value(a[3], a[4], std::uint64_t{0})); return 0;
    default: break;
  }
  const std::int32_t value = TRY(int_option(socket, low32(a[2])));
  TRY(put_value(a[3], a[4], value));
  return 0;
}

}  // namespace tessera::lx
