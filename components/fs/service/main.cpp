// SPDX-License-Identifier: Apache-2.0
// The program `fs`: serves one disk (README.md). Grants: channel.block to the driver; channel.client
// to who has files on it; pool.* that both others have, too; log.
#include <array>
#include <optional>

#include "components/fs/ext4/checksum.hpp"
#include "components/fs/service/channel_device.hpp"
#include "components/fs/service/driver_watch.hpp"
#include "components/fs/service/fs_server.hpp"
#include "components/fs/service/mounters.hpp"
#include "components/fs/service/mounts.hpp"
#include "components/fs/service/say.hpp"
#include "lib/rt/clock.hpp"
#include "lib/rt/component.hpp"
#include "lib/rt/executor.hpp"
#include "lib/rt/log.hpp"
#include "lib/rt/panic.hpp"
#include "lib/service/granted.hpp"

namespace tessera::fs {

void say_line(std::string_view line) { rt::log("{}", line); }

namespace {

using DiskClient = ChannelDevice::Client;
using FilesServer = service::Server<wire::Protocol, FsServer>;

service::GrantedChannel channel(const rt::Start& start, std::string_view name) {
  const auto found = service::GrantedChannel::find(start, name);
  if (!found) rt::panic("the manifest lacks a channel, to the disk's driver (block) or to the client");
  return *found;
}

unsigned doorbell(const service::GrantedChannel& channel, rt::TaskLoop& loop) {
  const auto bit = channel.doorbell(loop);
  if (!bit) rt::panic("a doorbell is taken");
  return *bit;
}

template <typename End>
End attached(std::expected<End, ring::RingError> end) {
  if (!end) rt::panic("a channel's memory cannot be used");
  return std::move(*end);
}

struct Ends {
  service::GrantedChannel block, client;
  service::GrantedPools pools;
};

// What clients do not ask to be durable is so after this time.
constexpr std::uint64_t kCommitNs = 5'000'000'000;

rt::Task<> commit_now_and_then(rt::Executor& executor, Mounts& mounts) {
  while (co_await executor.sleep_until(rt::now_ns() + kCommitNs)) co_await mounts.commit();
}

// Until the disk is there, nobody is served: who asks waits.
rt::Task<> serve(rt::Executor& executor, const Ends& ends) {
  rt::Scope all(executor);
  service::GrantedPeer driver(ends.block), personality(ends.client);
  DiskClient disk(executor,
                  attached(ring::ChannelClient::attach(ends.block.memory, protocol::block::kEntries, protocol::block::kHash, ends.pools.all())),
                  driver, doorbell(ends.block, executor));
  if (disk.pools().own().size() < ChannelDevice::kLeastPool) rt::panic("the channel to the driver is too small: 2 MiB is the least");
  all.spawn(disk.run());
  ChannelDevice device(disk);
  if (const auto begun = co_await device.begin(); !begun) {
    say("the disk cannot be used: {}", name(begun.error()));
    rt::panic("no disk");
  }
  const BlockFacts& facts = device.facts();
  say("a disk of {} MiB, sectors of {} bytes{}", facts.bytes >> 20, facts.sector_bytes, facts.read_only ? ", read-only" : "");
  Mounts mounts(device, device.memory(), mounters());
  FsServer handler(mounts);
  FilesServer server(executor, attached(ring::ChannelServer::attach(ends.client.memory, wire::kEntries, wire::kHash, ends.pools.all())),
                     personality, doorbell(ends.client, executor), handler);
  all.spawn(server.run());
  all.spawn(commit_now_and_then(executor, mounts));
  all.spawn(watch_driver(executor, disk, device, driver));
  co_await all.join();
}

}  // namespace

}  // namespace tessera::fs

int component_main(const tessera::rt::Start& start) {
  using namespace tessera;
  const fs::Ends ends{.block = fs::channel(start, "block"),
                      .client = fs::channel(start, "client"),
                      .pools = service::GrantedPools(start)};
  if ((start.info().features & abi::kProcessorCrc32c) != 0) fs::ext4::use_checksum_instructions();
  rt::Executor executor(ends.block.wake);
  start.ready();
  executor.run(fs::serve(executor, ends));
  return 1;
}
