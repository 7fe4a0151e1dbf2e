// SPDX-License-Identifier: Apache-2.0
// Requests to the disk or a part itself, and to a file system as a whole.
#include <algorithm>

#include "components/fs/service/answer.hpp"
#include "components/fs/service/fs_server.hpp"

namespace tessera::fs {

namespace {

wire::Part to_wire(const Partition& one) {
  return {.number = one.number, .mbr_type = one.mbr_type, .first = one.first, .bytes = one.bytes, .type = one.type, .identity = one.identity};
}

}  // namespace

Io<Mounts::Use> FsServer::files(const Asked& asked, bool writes, bool beginning) {
  const auto target = Target::of(asked.flags());
  if (!target) co_return std::unexpected(Error::invalid);
  if (writes && target->read_only) co_return std::unexpected(Error::read_only);
  co_return co_await mounts_.use(*target, asked.session(), beginning);
}

FsServer::Done<wire::DescribeRequest> FsServer::handle(const wire::DescribeRequest&, Asked asked) {
  const auto target = Target::of(asked.flags());
  if (!target) co_return std::unexpected(Error::invalid);
  const auto range = co_await mounts_.range(target->part);
  if (!range) co_return std::unexpected(range.error());
  const BlockFacts& facts = mounts_.disk().facts();
  wire::Disk disk{.bytes = range->bytes, .sector_bytes = facts.sector_bytes, .read_only = facts.read_only ? 1u : 0u};
  std::size_t bytes = sizeof disk;
  if (target->part == 0) {
    const auto table = co_await mounts_.table();
    if (!table) co_return std::unexpected(table.error());
    disk.table = static_cast<std::uint32_t>((*table)->kind);
    disk.parts = static_cast<std::uint32_t>((*table)->partitions.size());
    for (const Partition& one : (*table)->partitions) {
      if (asked.memory().size() - bytes < sizeof(wire::Part)) break;
      ring::store_struct(asked.memory().subspan(bytes), to_wire(one));
      bytes += sizeof(wire::Part);
    }
  }
  ring::store_struct(asked.memory(), disk);
  co_return done<wire::DescribeRequest>(bytes);
}

FsServer::Done<wire::DeviceReadRequest> FsServer::handle(const wire::DeviceReadRequest& request, Asked asked) {
  const auto target = Target::of(asked.flags());
  const Scratch::Taken transfer(scratch_);
  if (!target || !asked.pieces(transfer->list)) co_return std::unexpected(Error::invalid);
  const auto range = co_await mounts_.range(target->part);
  if (!range) co_return std::unexpected(range.error());
  const std::uint32_t bytes = transfer->list.bytes();
  if (request.offset > range->bytes || bytes > range->bytes - request.offset ||
      !transfer->find(asked.pools(), mounts_.disk().facts().sector_bytes))
    co_return std::unexpected(Error::invalid);
  const auto read = co_await mounts_.disk().read(range->first + request.offset, transfer->pieces());
  if (!read) co_return std::unexpected(read.error());
  co_return done<wire::DeviceReadRequest>(bytes);
}

FsServer::Done<wire::DeviceWriteRequest> FsServer::handle(const wire::DeviceWriteRequest& request, Asked asked) {
  const auto target = Target::of(asked.flags());
  const Scratch::Taken transfer(scratch_);
  if (!target || request.durable > 1 || !asked.pieces(transfer->list)) co_return std::unexpected(Error::invalid);
  const auto range = co_await mounts_.range(target->part);
  if (!range) co_return std::unexpected(range.error());
  const std::uint32_t bytes = transfer->list.bytes();
  if (request.offset > range->bytes || bytes > range->bytes - request.offset ||
      !transfer->find(asked.pools(), mounts_.disk().facts().sector_bytes))
    co_return std::unexpected(Error::invalid);
  if (target->read_only || mounts_.mounted_on(*range)) co_return std::unexpected(Error::read_only);
  mounts_.forget_table();
  const auto written = co_await mounts_.disk().write(range->first + request.offset, transfer->pieces(), request.durable != 0);
  mounts_.forget_table();
  if (!written) co_return std::unexpected(written.error());
  co_return done<wire::DeviceWriteRequest>(bytes);
}

FsServer::Done<wire::DeviceFlushRequest> FsServer::handle(const wire::DeviceFlushRequest&, Asked) {
  co_return done_or<wire::DeviceFlushRequest>(co_await mounts_.disk().flush());
}

FsServer::Done<wire::MountRequest> FsServer::handle(const wire::MountRequest&, Asked asked) {
  const auto use = co_await files(asked, false, true);
  if (!use) co_return std::unexpected(use.error());
  const auto space = co_await use->files().space();
  if (!space) co_return std::unexpected(space.error());
  co_return done_with<wire::MountRequest>(asked, {.root = use->files().root(),
                                                  .kind = use->kind(),
                                                  .block_bytes = space->block_bytes,
                                                  .read_only = use->files().read_only() ? 1u : 0u,
                                                  .longest_name = space->longest_name,
                                                  .label = use->volume().label,
                                                  .uuid = use->volume().uuid});
}

FsServer::Done<wire::UnmountRequest> FsServer::handle(const wire::UnmountRequest&, Asked asked) {
  const auto target = Target::of(asked.flags());
  if (!target) co_return std::unexpected(Error::invalid);
  co_return done_or<wire::UnmountRequest>(co_await mounts_.unmount(target->part));
}

FsServer::Done<wire::SpaceRequest> FsServer::handle(const wire::SpaceRequest&, Asked asked) {
  const auto use = co_await files(asked);
  if (!use) co_return std::unexpected(use.error());
  const auto space = co_await use->files().space();
  if (!space) co_return std::unexpected(space.error());
  co_return done_with<wire::SpaceRequest>(asked, fs::to_wire(*space));
}

FsServer::Done<wire::SyncRequest> FsServer::handle(const wire::SyncRequest& request, Asked asked) {
  if (request.data_only > 1) co_return std::unexpected(Error::invalid);
  const auto use = co_await files(asked);
  if (!use) co_return std::unexpected(use.error());
  co_return done_or<wire::SyncRequest>(co_await use->files().sync(request.inode, request.data_only != 0));
}

}  // namespace tessera::fs
