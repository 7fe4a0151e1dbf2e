// SPDX-License-Identifier: Apache-2.0
// What AF_UNIX sockets are called: unix(7). A name is the bytes of sun_path: a
// path's with their zero, an abstract name's from its leading zero on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "components/linux/core/errno.hpp"
#include "components/linux/core/ref.hpp"
#include "components/linux/fs/inode.hpp"

namespace tessera::lx {

class UnixEndpoint;

inline constexpr std::uint16_t kFamilyNone = 0, kFamilyUnix = 1;

// A bound name; shared by a listener and the connections made through it.
class UnixName final : public RefCounted {
 public:
  UnixName(std::string text, Ref<Inode> at) : bytes(std::move(text)), inode(std::move(at)) {}
  const std::string bytes;
  const Ref<Inode> inode;  // of a path's; null for an abstract name
};

struct UnixAddress {
  std::uint16_t family = kFamilyNone;
  std::string bytes;  // empty: no name in it
};

// A guest's sockaddr. EINVAL, EFAULT.
Result<UnixAddress> read_address(std::uint64_t address, std::uint32_t length);
// Writes as much as there is room for, and the whole length; a null name is one without a path.
Result<void> write_address(const UnixName* name, std::uint64_t address, std::uint64_t length_address);
// The same for where a message came from: without a name there is no address at all. Returns its length.
Result<std::uint32_t> write_source(const UnixName* name, std::uint64_t address, std::uint32_t room);

// Takes a name for an endpoint: makes the node of a path; EADDRINUSE. Empty bytes: picks an abstract one.
Result<Ref<UnixName>> bind_name(const std::string& bytes, UnixEndpoint& endpoint);
void release_name(const UnixName& name, const UnixEndpoint& endpoint);
// ECONNREFUSED when nobody has it; ENOENT, EACCES and the like of a path.
Result<Ref<UnixEndpoint>> find_name(const std::string& bytes);

}  // namespace tessera::lx
