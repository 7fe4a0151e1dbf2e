// SPDX-License-Identifier: Apache-2.0
// A part of a disk, mounted or not: the requests of abi/protocols/fs.toml as calls that wait for their
// answers. Where a request may have been done twice, because the server was restarted meanwhile, the
// second time's error is not told.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "components/linux/fs/disk/server.hpp"
#include "components/linux/fs/inode.hpp"

namespace tessera::lx {

class Volume {
 public:
  using Inode = std::uint64_t;

  // `part`: 0 for the whole disk. `kind`: wire::kKind*.
  Volume(DiskServer& server, std::uint8_t part, std::uint64_t kind, bool read_only);

  [[nodiscard]] DiskServer& server() const { return server_; }
  [[nodiscard]] std::uint8_t part() const { return part_; }

  Result<wire::Mounted> mount();
  Result<void> unmount();
  Result<wire::Space> space();

  Result<wire::Attributes> attributes(Inode inode);
  Result<wire::Attributes> change(Inode inode, const wire::AttributeChange& change);
  Result<wire::Attributes> lookup(Inode directory, std::string_view name);
  Result<wire::Attributes> create(Inode directory, std::string_view name, const wire::NewInode& what, std::string_view target);
  Result<void> link(Inode inode, Inode directory, std::string_view name, Timespec now);
  // `keep`: what the name stands for, if it is in use; 0: it is not.
  Result<wire::Attributes> unlink(Inode directory, std::string_view name, bool is_directory, Inode keep, Timespec now);
  Result<void> rename(Inode from, std::string_view name, Inode to, std::string_view to_name, std::uint32_t how, Timespec now);
  // Hands out entries from the server's position on until the sink is full; the position behind the last one taken.
  Result<std::uint64_t> read_directory(Inode directory, std::uint64_t position, DirectorySink& sink);
  Result<std::string> read_link(Inode inode);

  // At most ring::kMostPieces. Waited for with server().wait(); the list's room must live until then.
  Result<DiskServer::Room> begin_read(Transfer& transfer, Inode inode, std::uint64_t offset, std::span<const ring::Piece> pieces);
  Result<DiskServer::Room> begin_write(Transfer& transfer, Inode inode, std::uint64_t offset, std::span<const ring::Piece> pieces,
                                       std::uint64_t size, Timespec now);
  Result<void> allocate(Inode inode, std::uint32_t how, std::uint64_t offset, std::uint64_t bytes, Timespec now);
  Result<std::uint64_t> seek(Inode inode, std::uint64_t offset, bool hole);

  Result<std::vector<std::byte>> get_extended(Inode inode, std::string_view name);
  Result<std::vector<std::string>> list_extended(Inode inode);
  Result<void> set_extended(Inode inode, std::string_view name, std::span<const std::byte> value, std::uint32_t how, Timespec now);
  Result<void> remove_extended(Inode inode, std::string_view name, Timespec now);

  Result<void> keep(Inode inode);
  Result<void> let_go(Inode inode);
  Result<void> sync(Inode inode, bool data_only, Hold hold);

  // The disk or its part itself.
  Result<wire::Disk> describe(std::vector<wire::Part>& parts);
  Result<DiskServer::Room> begin_device_read(Transfer& transfer, std::uint64_t offset, std::span<const ring::Piece> pieces);
  Result<DiskServer::Room> begin_device_write(Transfer& transfer, std::uint64_t offset, std::span<const ring::Piece> pieces);
  Result<void> device_flush(Hold hold);

  // The server's session that answered what was asked last and is no longer waited for; the lock was not given up since.
  [[nodiscard]] std::uint64_t answered_by() const { return answered_by_; }

 private:
  template <typename Request>
  Result<void> call(const Request& request, Transfer& transfer, ring::Buffer buffer = {}, Hold hold = Hold::keep);
  template <typename Request>
  Result<typename Request::Answer> ask(const Request& request, ring::Buffer buffer = {});
  template <typename Request>
  Result<typename Request::OutBuffer> ask_for(const Request& request, const DiskServer::Room& room);
  template <typename Request>
  Result<DiskServer::Room> begin(Transfer& transfer, const Request& request, std::span<const ring::Piece> pieces);

  DiskServer& server_;
  std::uint8_t part_;
  std::uint16_t flags_;
  std::uint64_t answered_by_ = 0;
};

}  // namespace tessera::lx
