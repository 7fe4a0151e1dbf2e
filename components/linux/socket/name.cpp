// SPDX-License-Identifier: Apache-2.0
#include "components/linux/socket/name.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "components/linux/core/guest_memory.hpp"
#include "components/linux/fs/names.hpp"
#include "components/linux/fs/open.hpp"
#include "components/linux/fs/permission.hpp"
#include "components/linux/fs/syscall_support.hpp"
#include "components/linux/fs/text.hpp"
#include "components/linux/fs/walk.hpp"
#include "components/linux/socket/endpoint.hpp"

namespace tessera::lx {
namespace {

constexpr std::size_t kFamilyBytes = sizeof(std::uint16_t), kPathBytes = 108;

// Abstract names by their bytes, paths by their node. The endpoints take themselves out.
std::map<std::string, UnixEndpoint*, std::less<>>& abstract_names() {
  static auto* all = new std::map<std::string, UnixEndpoint*, std::less<>>;
  return *all;
}
std::map<const Inode*, UnixEndpoint*>& path_names() {
  static auto* all = new std::map<const Inode*, UnixEndpoint*>;
  return *all;
}

bool is_abstract(std::string_view bytes) { return bytes.front() == '\0'; }

std::string_view path_of_name(std::string_view bytes) { return bytes.substr(0, bytes.find('\0')); }

Result<Ref<UnixName>> bind_abstract(const std::string& bytes, UnixEndpoint& endpoint) {
  if (!abstract_names().emplace(bytes, &endpoint).second) return fail(Errno::eaddrinuse);
  return make_ref<UnixName>(bytes, nullptr);
}

// Five hexadecimal digits behind the zero.
Result<Ref<UnixName>> bind_any(UnixEndpoint& endpoint) {
  constexpr std::uint32_t kNames = 1 << 20;
  static std::uint32_t next = 0;
  for (std::uint32_t tries = 0; tries < kNames; ++tries) {
    Text text;
    text << '\0';
    text.hex(next++ % kNames, 5);
    if (auto bound = bind_abstract(text.take(), endpoint)) return bound;
  }
  return fail(Errno::enospc);
}

Result<Ref<UnixName>> bind_path(const std::string& bytes, UnixEndpoint& endpoint) {
  const std::string_view path = path_of_name(bytes);
  const Path start = TRY(start_of(kAtFdCwd, path));
  const auto made = make_node(start, path, kSocket | 0777, 0);
  if (!made) return fail(made.error() == Errno::eexist ? Errno::eaddrinuse : made.error());
  const Path found = TRY(walk_from(start, path, false));
  path_names()[found.node->inode_ref().get()] = &endpoint;
  return make_ref<UnixName>(bytes, found.node->inode_ref());
}

}  // namespace

Result<UnixAddress> read_address(std::uint64_t address, std::uint32_t length) {
  constexpr std::uint32_t kMostBytes = 128;  // sizeof(struct sockaddr_storage)
  if (length > kMostBytes) return fail(Errno::einval);
  std::array<char, kMostBytes> buffer{};
  TRY(copy_from_guest(std::as_writable_bytes(std::span(buffer)).first(length), address));
  UnixAddress read;
  if (length < kFamilyBytes) return fail(Errno::einval);
  read.family = static_cast<std::uint16_t>(static_cast<unsigned char>(buffer[0]) | static_cast<unsigned char>(buffer[1]) << 8);
  if (read.family != kFamilyUnix) return read;
  if (length > kFamilyBytes + kPathBytes) return fail(Errno::einval);
  read.bytes.assign(std::string_view(buffer.data(), buffer.size()).substr(kFamilyBytes, length - kFamilyBytes));
  if (!read.bytes.empty() && !is_abstract(read.bytes)) {
    read.bytes.resize(path_of_name(read.bytes).size());
    read.bytes.push_back('\0');
  }
  return read;
}

Result<void> write_address(const UnixName* name, std::uint64_t address, std::uint64_t length_address) {
  const auto room = TRY(read_guest<std::int32_t>(length_address));
  if (room < 0) return fail(Errno::einval);
  std::string bytes{static_cast<char>(kFamilyUnix), '\0'};
  if (name != nullptr) bytes += name->bytes;
  const std::size_t part = std::min<std::size_t>(bytes.size(), static_cast<std::size_t>(room));
  TRY(copy_to_guest(address, std::as_bytes(std::span(bytes)).first(part)));
  return write_guest(length_address, static_cast<std::int32_t>(bytes.size()));
}

Result<std::uint32_t> write_source(const UnixName* name, std::uint64_t address, std::uint32_t room) {
  if (name == nullptr) return 0U;
  std::string bytes{static_cast<char>(kFamilyUnix), '\0'};
  bytes += name->bytes;
  TRY(copy_to_guest(address, std::as_bytes(std::span(bytes)).first(std::min<std::size_t>(bytes.size(), room))));
  return static_cast<std::uint32_t>(bytes.size());
}

Result<Ref<UnixName>> bind_name(const std::string& bytes, UnixEndpoint& endpoint) {
  if (bytes.empty()) return bind_any(endpoint);
  return is_abstract(bytes) ? bind_abstract(bytes, endpoint) : bind_path(bytes, endpoint);
}

void release_name(const UnixName& name, const UnixEndpoint& endpoint) {
  if (name.inode) {
    const auto found = path_names().find(name.inode.get());
    if (found != path_names().end() && found->second == &endpoint) path_names().erase(found);
  } else {
    const auto found = abstract_names().find(name.bytes);
    if (found != abstract_names().end() && found->second == &endpoint) abstract_names().erase(found);
  }
}

Result<Ref<UnixEndpoint>> find_name(const std::string& bytes) {
  if (bytes.empty()) return fail(Errno::einval);
  if (is_abstract(bytes)) {
    const auto found = abstract_names().find(bytes);
    if (found == abstract_names().end()) return fail(Errno::econnrefused);
    return Ref<UnixEndpoint>(found->second);
  }
  const std::string_view path = path_of_name(bytes);
  const Path start = TRY(start_of(kAtFdCwd, path));
  const Path node = TRY(walk_from(start, path, true));
  TRY(check_access(current_credentials(), node.inode(), kMayWrite));
  if (node.inode().type() != kSocket) return fail(Errno::econnrefused);
  const auto found = path_names().find(&node.inode());
  if (found == path_names().end()) return fail(Errno::econnrefused);
  return Ref<UnixEndpoint>(found->second);
}

}  // namespace tessera::lx
