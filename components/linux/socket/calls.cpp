// SPDX-License-Identifier: Apache-2.0
// socket, socketpair, bind, listen, accept, connect, shutdown, names, send, recv.
#include "components/linux/core/guest_memory.hpp"
#include "components/linux/fs/text.hpp"
#include "components/linux/process/contract.hpp"
#include "components/linux/socket/support.hpp"

namespace tessera::lx {
namespace {

// Flags of socket's type and of accept4.
constexpr std::uint32_t kNonBlock = kOpenNonBlock, kCloseOnExec = kOpenCloseOnExec;

Result<Ref<UnixEndpoint>> new_endpoint(std::uint32_t family, std::uint32_t type, std::uint32_t protocol) {
  constexpr std::uint32_t kRaw = 3, kTypes = 11;
  const std::uint32_t kind = type & ~(kNonBlock | kCloseOnExec);
  if (kind >= kTypes) return fail(Errno::einval);
  // Networks are not there.
  if (family != kFamilyUnix) return fail(Errno::eafnosupport);
  if (protocol != 0 && protocol != kFamilyUnix) return fail(Errno::eprotonosupport);
  switch (kind) {
    case 1: return make_ref<UnixEndpoint>(SocketKind::stream);
    case 2: case kRaw: return make_ref<UnixEndpoint>(SocketKind::datagram);
    case 5: return make_ref<UnixEndpoint>(SocketKind::sequential);
    default: return fail(Errno::esocktnosupport);
  }
}

Result<int> install(Ref<UnixEndpoint> endpoint, std::uint32_t flags) {
  return current_files().install(SocketFile::make(std::move(endpoint), flags & kNonBlock), (flags & kCloseOnExec) != 0);
}

Result<std::int64_t> accept(const Arguments& a, std::uint32_t flags) {
  if ((flags & ~(kNonBlock | kCloseOnExec)) != 0) return fail(Errno::einval);
  const Ref<File> file = TRY(socket_at(a[0]));
  TRY(current_files().check_room());  // else the connection would be lost
  Ref<UnixEndpoint> accepted = TRY(file->socket()->endpoint().accept(file->non_blocking()));
  const auto peer = accepted->peer();
  // Without a descriptor for it the connection ends, with its file.
  const int descriptor = TRY(install(std::move(accepted), flags));
  if (a[1] != 0) {
    const auto told = write_address(peer ? (*peer)->name() : nullptr, a[1], a[2]);
    if (!told) {
      (void)current_files().close(descriptor);
      return fail(told.error());
    }
  }
  return descriptor;
}

}  // namespace

Result<std::int64_t> sys_socket(const Arguments& a) {
  Ref<UnixEndpoint> endpoint = TRY(new_endpoint(low32(a[0]), low32(a[1]), low32(a[2])));
  return TRY(install(std::move(endpoint), low32(a[1])));
}

Result<std::int64_t> sys_socketpair(const Arguments& a) {
  Ref<UnixEndpoint> one = TRY(new_endpoint(low32(a[0]), low32(a[1]), low32(a[2])));
  Ref<UnixEndpoint> other = make_ref<UnixEndpoint>(one->kind());
  UnixEndpoint::connect_pair(*one, *other);
  const int first = TRY(install(std::move(one), low32(a[1])));
  const auto second = install(std::move(other), low32(a[1]));
  if (!second) {
    (void)current_files().close(first);
    return fail(second.error());
  }
  if (auto told = write_guest(a[3], std::array<std::int32_t, 2>{first, *second}); !told) {
    (void)current_files().close(first);
    (void)current_files().close(*second);
    return fail(told.error());
  }
  return 0;
}

Result<std::int64_t> sys_bind(const Arguments& a) {
  const Ref<File> file = TRY(socket_at(a[0]));
  const UnixAddress address = TRY(read_address(a[1], low32(a[2])));
  if (address.family != kFamilyUnix) return fail(Errno::einval);
  TRY(file->socket()->endpoint().bind(address.bytes));
  return 0;
}

Result<std::int64_t> sys_listen(const Arguments& a) {
  const Ref<File> file = TRY(socket_at(a[0]));
  TRY(file->socket()->endpoint().listen(int32(a[1])));
  return 0;
}

Result<std::int64_t> sys_accept(const Arguments& a) { return accept(a, 0); }
Result<std::int64_t> sys_accept4(const Arguments& a) { return accept(a, low32(a[3])); }

Result<std::int64_t> sys_connect(const Arguments& a) {
  const Ref<File> file = TRY(socket_at(a[0]));
  const UnixAddress address = TRY(read_address(a[1], low32(a[2])));
  TRY(file->socket()->endpoint().connect(address, file->non_blocking()));
  return 0;
}

Result<std::int64_t> sys_shutdown(const Arguments& a) {
  const Ref<File> file = TRY(socket_at(a[0]));
  const std::uint32_t how = low32(a[1]);
  if (how > 2) return fail(Errno::einval);
  TRY(file->socket()->endpoint().shut_down(how != 1, how != 0));
  return 0;
}

Result<std::int64_t> sys_getsockname(const Arguments& a) {
  const Ref<File> file = TRY(socket_at(a[0]));
  TRY(write_address(file->socket()->endpoint().name(), a[1], a[2]));
  return 0;
}

Result<std::int64_t> sys_getpeername(const Arguments& a) {
  const Ref<File> file = TRY(socket_at(a[0]));
  const Ref<UnixEndpoint> peer = TRY(file->socket()->endpoint().peer());
  TRY(write_address(peer->name(), a[1], a[2]));
  return 0;
}

Result<std::int64_t> sys_sendto(const Arguments& a) {
  const Ref<File> file = TRY(socket_at(a[0]));
  const GuestRange range{a[1], std::min(a[2], IoRanges::kMostBytes)};
  IoBuffer from = IoBuffer::guest(std::span<const GuestRange, 1>(&range, 1).first(range.bytes == 0 ? 0 : 1));
  Outgoing message{.bytes = from, .flags = low32(a[3]), .non_blocking = never_waits(*file, low32(a[3]))};
  if (a[4] != 0) message.to = TRY(read_address(a[4], low32(a[5])));
  return static_cast<std::int64_t>(TRY(file->socket()->endpoint().send(message)));
}

Result<std::int64_t> sys_recvfrom(const Arguments& a) {
  const Ref<File> file = TRY(socket_at(a[0]));
  const GuestRange range{a[1], std::min(a[2], IoRanges::kMostBytes)};
  IoBuffer to = IoBuffer::guest(std::span<const GuestRange, 1>(&range, 1).first(range.bytes == 0 ? 0 : 1));
  const std::uint32_t flags = low32(a[3]);
  // Files that came with it have nowhere to go: they end here.
  const Incoming got = TRY(file->socket()->endpoint().receive(to, flags, never_waits(*file, flags)));
  if (a[4] != 0) {
    const auto room = TRY(read_guest<std::int32_t>(a[5]));
    if (room < 0) return fail(Errno::einval);
    const std::uint32_t length = TRY(write_source(got.source.get(), a[4], static_cast<std::uint32_t>(room)));
    TRY(write_guest(a[5], length));
  }
  return static_cast<std::int64_t>((flags & kMessageTruncated) != 0 ? got.length : got.bytes);
}

// Lines of /proc/net/unix.
std::string unix_sockets_text() {
  constexpr std::uint32_t kAccepting = 0x10000, kUnconnected = 1, kConnected = 3;
  Text text;
  text << "Num       RefCount Protocol Flags    Type St Inode Path\n";
  for (const UnixEndpoint* endpoint : UnixEndpoint::all()) {
    if (endpoint->closed()) continue;
    text << "0000000000000000: ";
    text.hex(endpoint->references(), 8) << ' ';
    text.hex(0, 8) << ' ';
    text.hex(endpoint->listening() ? kAccepting : 0, 8) << ' ';
    text.hex(static_cast<std::uint32_t>(endpoint->kind()), 4) << ' ';
    text.hex(endpoint->connected() ? kConnected : kUnconnected, 2) << ' ';
    text.right(endpoint->file != nullptr ? endpoint->file->inode()->number() : 0, 5);
    if (const UnixName* const name = endpoint->name()) {
      text << ' ';
      for (const char c : name->bytes.substr(0, name->inode ? name->bytes.size() - 1 : name->bytes.npos)) text << (c == '\0' ? '@' : c);
    }
    text << '\n';
  }
  return text.take();
}

}  // namespace tessera::lx
