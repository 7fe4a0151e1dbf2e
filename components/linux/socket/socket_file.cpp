// SPDX-License-Identifier: Apache-2.0
#include "components/linux/socket/socket_file.hpp"

#include "components/linux/core/guest_memory.hpp"
#include "components/linux/fs/file_system.hpp"
#include "components/linux/fs/text.hpp"
#include "components/linux/process/contract.hpp"

namespace tessera::lx {

Ref<File> SocketFile::make(Ref<UnixEndpoint> endpoint, std::uint32_t flags) {
  auto inode = make_ref<Inode>(anonymous_file_system(), next_anonymous_inode());
  inode->attributes.mode = kSocket | 0777;
  inode->attributes.uid = current_credentials().fsuid;
  inode->attributes.gid = current_credentials().fsgid;
  inode->attributes.accessed = inode->attributes.modified = inode->attributes.changed = current_time();
  Text text;
  text << "socket:[" << inode->number() << "]";
  auto file = make_ref<SocketFile>(std::move(endpoint), inode, kOpenReadWrite | flags);
  file->path = unnamed_path(text.view(), inode);
  return file;
}

SocketFile::SocketFile(Ref<UnixEndpoint> endpoint, Ref<Inode> inode, std::uint32_t flags)
    : File(flags), endpoint_(std::move(endpoint)), inode_(std::move(inode)) {
  endpoint_->file = this;
}

SocketFile::~SocketFile() {
  endpoint_->close();
  collect_unreachable(nullptr);
}

// From here on it may be held by messages alone.
void SocketFile::descriptor_closed() {
  if (endpoint_->in_flight != 0) collect_unreachable(this);
}

Result<std::size_t> SocketFile::read(IoBuffer& to, std::uint64_t&) {
  const Incoming got = TRY(endpoint_->receive(to, 0, non_blocking()));
  return got.bytes;
}

Result<std::size_t> SocketFile::write(IoBuffer& from, std::uint64_t&) {
  Outgoing message{.bytes = from, .non_blocking = non_blocking()};
  return endpoint_->send(message);
}

Result<std::int64_t> SocketFile::ioctl(std::uint32_t request, std::uint64_t argument) {
  constexpr std::uint32_t kUnread = 0x541B, kUnsent = 0x5411;
  if (request == kUnread && endpoint_->listening()) return fail(Errno::einval);
  std::size_t bytes = 0;
  switch (request) {
    case kUnread: bytes = endpoint_->unread_bytes(); break;
    case kUnsent: bytes = endpoint_->unsent_bytes(); break;
    default: return fail(Errno::enotty);
  }
  TRY(write_guest(argument, static_cast<std::int32_t>(bytes)));
  return 0;
}

}  // namespace tessera::lx
