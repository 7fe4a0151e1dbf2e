// SPDX-License-Identifier: Apache-2.0
// What the calls on sockets share.
#pragma once

#include "components/linux/fs/syscall_support.hpp"
#include "components/linux/socket/socket_file.hpp"

namespace tessera::lx {

// EBADF, ENOTSOCK.
inline Result<Ref<File>> socket_at(std::uint64_t descriptor) {
  Ref<File> file = TRY(file_at(descriptor));
  if (file->socket() == nullptr) return fail(Errno::enotsock);
  return file;
}

inline bool never_waits(const File& file, std::uint32_t flags) {
  return file.non_blocking() || (flags & kMessageDontWait) != 0;
}

}  // namespace tessera::lx
