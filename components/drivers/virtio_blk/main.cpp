// SPDX-License-Identifier: Apache-2.0
// A virtio disk for the client of the channel `block`: see README.md.
#include "components/drivers/virtio_blk/block_service.hpp"
#include "lib/ddk/interrupt.hpp"
#include "lib/ddk/virtio_pci.hpp"
#include "lib/format/manifest.hpp"
#include "lib/rt/clock.hpp"
#include "lib/rt/component.hpp"
#include "lib/rt/executor.hpp"
#include "lib/rt/log.hpp"
#include "lib/service/granted.hpp"

namespace {

using namespace tessera;
using virtio_blk::BlockService;
using virtio_blk::Disk;

std::uint64_t number(const rt::Start& start, std::string_view key, std::uint64_t otherwise) {
  const auto text = start.config(key);
  if (!text) return otherwise;
  const auto value = format::parse_number(*text);
  if (!value) rt::panic("a number of the configuration is none");
  return *value;
}

virtio_blk::Conditions conditions(const rt::Start& start) {
  constexpr std::uint64_t kMillisecond = 1'000'000;
  virtio_blk::Conditions result;
  result.answer_ns = number(start, "answer-ms", result.answer_ns / kMillisecond) * kMillisecond;
  result.now_ns = &rt::now_ns;
  result.note = [](std::string_view what) { rt::log("the disk is reset: {}", what); };
  return result;
}

rt::Task<> end_when_given_up(Disk& disk) {
  if (co_await disk.failure().wait()) rt::panic("the disk was given up");
}

struct Interrupt {
  unsigned bit = 0;  // of the executor's notification
  bool by_message = false;
};

Interrupt interrupt_of(const rt::Start& start, rt::Executor& executor, rt::Handle notification, ddk::VirtioPci& device) {
  if (const auto line = start.grant("device.interrupt", abi::ObjectType::interrupt)) {
    const auto bit = ddk::bind_interrupt(executor, notification, line->handle);
    if (bit && device.set_message(line->address, line->extra)) return {.bit = *bit, .by_message = true};
  }
  const auto bit = executor.claim_bit();
  if (!bit) rt::panic("no event for the disk");
  return {.bit = *bit, .by_message = false};
}

// Where no message tells of an interrupt: looks every millisecond while there is something to wait for.
rt::Task<> poll(rt::Executor& executor, const Disk& disk, unsigned interrupt) {
  constexpr std::uint64_t kStepNs = 1'000'000;
  while (co_await executor.sleep_until(rt::now_ns() + kStepNs)) {
    if (disk.under_way() > 0) executor.deliver(std::uint64_t{1} << interrupt);
  }
}

rt::Task<> serve(rt::Executor& executor, Disk* disk, const Interrupt& interrupt, service::ServerEnd& server) {
  rt::Scope scope(executor);
  if (disk != nullptr) {
    scope.spawn(disk->attend(interrupt.bit));
    if (!interrupt.by_message) scope.spawn(poll(executor, *disk, interrupt.bit));
    scope.spawn(disk->tell());
    scope.spawn(disk->watch());
    scope.spawn(end_when_given_up(*disk));
  }
  scope.spawn(server.run());
  rt::start().ready();
  co_await scope.join();
}

}  // namespace

int component_main(const rt::Start& start) {
  const auto channel = service::GrantedChannel::find(start, start.config("channel").value_or("block"));
  if (!channel) rt::panic("no channel 'block' was granted");
  rt::Executor executor(channel->wake);
  const auto doorbell = channel->doorbell(executor, channel->wake);
  if (!doorbell) rt::panic("no event for the channel");

  // The device first: until it is reset it may still be at work for this driver's last life.
  auto device = ddk::VirtioPci::open(start);
  const auto grant = start.grant("dma", abi::ObjectType::memory);
  const auto memory = grant ? ddk::DmaRegion::of(*grant) : std::nullopt;
  std::optional<Disk> disk;
  Interrupt interrupt;
  if (device && memory) {
    interrupt = interrupt_of(start, executor, channel->wake, *device);
    disk.emplace(*device, *memory, executor, conditions(start));
    if (const auto begun = disk->begin(); !begun) rt::panic(begun.error());
    const auto& facts = disk->facts();
    rt::log("{} sectors of {} bytes{}", facts.bytes / facts.sector_bytes, facts.sector_bytes, facts.read_only ? ", read-only" : "");
  } else {
    rt::log("there is no disk");
  }

  const service::GrantedPools pools(start);
  auto server = ring::ChannelServer::attach(channel->memory, protocol::block::kEntries, protocol::block::kHash, pools.all());
  if (!server) rt::panic("the channel's memory cannot be used");
  service::GrantedPeer peer(*channel);
  BlockService handler(disk ? &*disk : nullptr, ddk::DmaPools::of(start, channel->name, server->pools(), pools.all()), number(start, "weakness", 0));
  service::Server<protocol::block::Protocol, BlockService> end(executor, std::move(*server), peer, *doorbell, handler);
  executor.run(serve(executor, disk ? &*disk : nullptr, interrupt, end));
  return 0;
}
