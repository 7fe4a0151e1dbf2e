// SPDX-License-Identifier: Apache-2.0
// Requests for the contents of files, and for extended attributes.
#include <algorithm>
#include <vector>

#include "components/fs/service/answer.hpp"
#include "components/fs/service/fs_server.hpp"

namespace tessera::fs {

FsServer::Done<wire::ReadRequest> FsServer::handle(const wire::ReadRequest& request, Asked asked) {
  const Scratch::Taken transfer(scratch_);
  const std::uint32_t unit = mounts_.disk().facts().sector_bytes;
  if (!asked.pieces(transfer->list) || !transfer->find(asked.pools(), unit) || request.offset % unit != 0)
    co_return std::unexpected(Error::invalid);
  const auto use = co_await files(asked);
  if (!use) co_return std::unexpected(use.error());
  const auto bytes = co_await use->files().read(request.inode, request.offset, transfer->pieces());
  if (!bytes) co_return std::unexpected(bytes.error());
  co_return done<wire::ReadRequest>(*bytes);
}

FsServer::Done<wire::WriteRequest> FsServer::handle(const wire::WriteRequest& request, Asked asked) {
  const Scratch::Taken transfer(scratch_);
  const std::uint32_t unit = mounts_.disk().facts().sector_bytes;
  if (!asked.pieces(transfer->list) || !transfer->find(asked.pools(), unit) || request.offset % unit != 0)
    co_return std::unexpected(Error::invalid);
  const auto use = co_await files(asked, true);
  if (!use) co_return std::unexpected(use.error());
  const auto written = co_await use->files().write(request.inode, request.offset, transfer->pieces(), request.size,
                                                   from_wire(request.seconds, request.nanoseconds));
  if (!written) co_return std::unexpected(written.error());
  co_return done<wire::WriteRequest>(transfer->list.bytes());
}

FsServer::Done<wire::AllocateRequest> FsServer::handle(const wire::AllocateRequest& request, Asked asked) {
  const auto use = co_await files(asked, true);
  if (!use) co_return std::unexpected(use.error());
  co_return done_or<wire::AllocateRequest>(co_await use->files().allocate(request.inode, request.how, request.offset, request.bytes,
                                                                          from_wire(request.seconds, request.nanoseconds)));
}

FsServer::Done<wire::SeekRequest> FsServer::handle(const wire::SeekRequest& request, Asked asked) {
  if (request.hole > 1) co_return std::unexpected(Error::invalid);
  const auto use = co_await files(asked);
  if (!use) co_return std::unexpected(use.error());
  const auto offset = co_await use->files().seek(request.inode, request.offset, request.hole != 0);
  if (!offset) co_return std::unexpected(offset.error());
  co_return done<wire::SeekRequest>(0, {.offset = *offset});
}

FsServer::Done<wire::GetExtendedRequest> FsServer::handle(const wire::GetExtendedRequest& request, Asked asked) {
  const auto name = Name::read_attribute(asked.memory(), request.name_bytes);
  if (!name) co_return std::unexpected(name.error());
  if (request.room > asked.memory().size()) co_return std::unexpected(Error::invalid);
  const auto use = co_await files(asked);
  if (!use) co_return std::unexpected(use.error());
  // Put where the name is only when it is complete.
  std::vector<std::byte> value(std::min<std::size_t>(request.room, wire::kMostValue));
  const auto bytes = co_await use->files().get_extended(request.inode, name->text(), value);
  if (!bytes) co_return std::unexpected(bytes.error());
  if (request.room != 0) std::ranges::copy(std::span(value).first(*bytes), ring::answer_part<wire::GetExtendedRequest>(asked.memory(), request.room).begin());
  co_return done<wire::GetExtendedRequest>(request.room == 0 ? 0 : *bytes, {.value_bytes = *bytes});
}

FsServer::Done<wire::ListExtendedRequest> FsServer::handle(const wire::ListExtendedRequest& request, Asked asked) {
  const auto use = co_await files(asked);
  if (!use) co_return std::unexpected(use.error());
  const auto bytes = co_await use->files().list_extended(request.inode, asked.memory());
  if (!bytes) co_return std::unexpected(bytes.error());
  co_return done<wire::ListExtendedRequest>(asked.memory().empty() ? 0 : *bytes, {.list_bytes = *bytes});
}

FsServer::Done<wire::SetExtendedRequest> FsServer::handle(const wire::SetExtendedRequest& request, Asked asked) {
  const auto name = Name::read_attribute(asked.memory(), request.name_bytes);
  if (!name) co_return std::unexpected(name.error());
  if (request.value_bytes > wire::kMostValue) co_return std::unexpected(Error::too_large);
  const auto rest = asked.memory().subspan(request.name_bytes);
  if (request.value_bytes > rest.size() || (request.how & ~(wire::kAttributeCreate | wire::kAttributeReplace)) != 0)
    co_return std::unexpected(Error::invalid);
  // A copy: the file system may look at it more than once.
  std::vector<std::byte> value(request.value_bytes);
  ring::load_bytes(rest.first(value.size()), value);
  const auto use = co_await files(asked, true);
  if (!use) co_return std::unexpected(use.error());
  co_return done_or<wire::SetExtendedRequest>(co_await use->files().set_extended(request.inode, name->text(), value, request.how,
                                                                                 from_wire(request.seconds, request.nanoseconds)));
}

FsServer::Done<wire::RemoveExtendedRequest> FsServer::handle(const wire::RemoveExtendedRequest& request, Asked asked) {
  const auto name = Name::read_attribute(asked.memory(), request.name_bytes);
  if (!name) co_return std::unexpected(name.error());
  const auto use = co_await files(asked, true);
  if (!use) co_return std::unexpected(use.error());
  co_return done_or<wire::RemoveExtendedRequest>(
      co_await use->files().remove_extended(request.inode, name->text(), from_wire(request.seconds, request.nanoseconds)));
}

}  // namespace tessera::fs
