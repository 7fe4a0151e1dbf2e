// SPDX-License-Identifier: Apache-2.0
// The open file of a socket.
#pragma once

#include "components/linux/fs/file.hpp"
#include "components/linux/socket/endpoint.hpp"

namespace tessera::lx {

class SocketFile final : public File {
 public:
  static Ref<File> make(Ref<UnixEndpoint> endpoint, std::uint32_t flags);
  SocketFile(Ref<UnixEndpoint> endpoint, Ref<Inode> inode, std::uint32_t flags);
  ~SocketFile() override;

  Result<std::size_t> read(IoBuffer& to, std::uint64_t& position) override;
  Result<std::size_t> write(IoBuffer& from, std::uint64_t& position) override;
  std::uint32_t poll(PollTable* table) override { return endpoint_->poll(table); }
  Result<std::int64_t> ioctl(std::uint32_t request, std::uint64_t argument) override;
  [[nodiscard]] SocketFile* socket() override { return this; }
  [[nodiscard]] bool drives_signals() const override { return true; }
  [[nodiscard]] Ref<Inode> inode() const override { return inode_; }
  void descriptor_closed() override;

  [[nodiscard]] UnixEndpoint& endpoint() const { return *endpoint_; }

 private:
  const Ref<UnixEndpoint> endpoint_;
  const Ref<Inode> inode_;
};

}  // namespace tessera::lx
