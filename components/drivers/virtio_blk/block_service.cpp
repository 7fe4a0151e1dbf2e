// SPDX-License-Identifier: Apache-2.0
#include "components/drivers/virtio_blk/block_service.hpp"

#include "lib/rt/log.hpp"

namespace tessera::virtio_blk {

namespace {

constexpr std::uint64_t kMillisecond = 1'000'000;

block::Status status_of(Error error) {
  switch (error) {
    case Error::io: return block::Status::io;
    case Error::unsupported: return block::Status::unsupported;
    case Error::gone: return block::Status::no_device;
  }
  return block::Status::io;
}

}  // namespace

std::expected<void, std::string_view> BlockService::init(ddk::Driver& at) {
  pools_ = at.pools();
  weakness_ = at.number("weakness", 0);
  device_ = ddk::VirtioPci::open(at.start());
  const auto memory = at.memory();
  if (!device_ || !memory) {
    rt::log("there is no disk");
    return {};
  }
  if (memory->bytes().size() < Disk::kMemoryBytes) return std::unexpected("too little memory for DMA was granted");
  interrupt_ = at.interrupt();
  if (interrupt_.message && !device_->set_message(interrupt_.message->address, interrupt_.message->data)) interrupt_.message.reset();
  ddk::Conditions conditions = ddk::logged_conditions();
  conditions.answer_ns = at.number("answer-ms", conditions.answer_ns / kMillisecond) * kMillisecond;
  disk_.emplace(*device_, *memory, at.executor(), conditions);
  if (const auto begun = disk_->begin(); !begun) return begun;
  const Facts& facts = disk_->facts();
  rt::log("{} sectors of {} bytes{}", facts.bytes / facts.sector_bytes, facts.sector_bytes, facts.read_only ? ", read-only" : "");
  return {};
}

void BlockService::serve(rt::Scope& tasks) {
  if (disk_) ddk::attend_to(tasks, disk_->requests(), interrupt_);
}

void BlockService::weaken() {
  if (weakness_ != 0 && ++requests_ % weakness_ == 0) rt::panic("it is configured to fail now");
}

std::expected<void, block::Status> BlockService::check_range(std::uint64_t offset, std::uint64_t bytes) const {
  if (!disk_) return std::unexpected(block::Status::no_device);
  const Facts& facts = disk_->facts();
  const bool whole = offset % facts.sector_bytes == 0 && bytes % facts.sector_bytes == 0 && bytes > 0;
  if (!whole || offset > facts.bytes || bytes > facts.bytes - offset) return std::unexpected(block::Status::invalid);
  return {};
}

std::expected<void, block::Status> BlockService::locate(service::Asked& asked, std::uint64_t offset, Transfer& into) const {
  if (!disk_) return std::unexpected(block::Status::no_device);
  const Facts& facts = disk_->facts();
  const auto count = pools_.locate(asked, facts.most_bytes, std::span(into.pieces).first(facts.most_pieces));
  if (!count) return std::unexpected(block::Status::invalid);
  into.count = *count;
  for (const DmaRange& piece : into.all()) {
    if (piece.bytes % facts.sector_bytes != 0) return std::unexpected(block::Status::invalid);
    into.bytes += piece.bytes;
  }
  return check_range(offset, into.bytes);
}

rt::Task<service::Outcome<block::FactsRequest>> BlockService::handle(const block::FactsRequest&, service::Asked asked) {
  if (!disk_) co_return std::unexpected(block::Status::no_device);
  const Facts& facts = disk_->facts();
  const std::uint64_t flags = (facts.read_only ? block::kReadOnly : 0) | (facts.can_flush ? block::kVolatileCache : 0) |
                              (facts.can_discard ? block::kCanDiscard : 0);
  ring::store_struct(asked.memory(), block::DiskFacts{.bytes = facts.bytes, .sector_bytes = facts.sector_bytes, .most_bytes = facts.most_bytes,
                                                      .most_pieces = facts.most_pieces, .flags = static_cast<std::uint32_t>(flags)});
  co_return service::Answered<block::FactsRequest>{.results = {}, .bytes = sizeof(block::DiskFacts)};
}

rt::Task<service::Outcome<block::ReadRequest>> BlockService::handle(const block::ReadRequest& request, service::Asked asked) {
  Transfer transfer;
  if (const auto good = locate(asked, request.offset, transfer); !good) co_return std::unexpected(good.error());
  const Status done = co_await disk_->read(request.offset, transfer.all());
  weaken();
  if (!done) co_return std::unexpected(status_of(done.error()));
  co_return service::Answered<block::ReadRequest>{.results = {}, .bytes = transfer.bytes};
}

rt::Task<service::Outcome<block::WriteRequest>> BlockService::handle(const block::WriteRequest& request, service::Asked asked) {
  Transfer transfer;
  if (const auto good = locate(asked, request.offset, transfer); !good) co_return std::unexpected(good.error());
  if (disk_->facts().read_only) co_return std::unexpected(block::Status::read_only);
  Status done = co_await disk_->write(request.offset, transfer.all());
  // There is no such write in virtio: it is written, then all is flushed.
  if (done && request.durable != 0 && disk_->facts().can_flush) done = co_await disk_->flush();
  weaken();
  if (!done) co_return std::unexpected(status_of(done.error()));
  co_return service::Answered<block::WriteRequest>{.results = {}, .bytes = transfer.bytes};
}

rt::Task<service::Outcome<block::FlushRequest>> BlockService::handle(const block::FlushRequest&, service::Asked) {
  if (!disk_) co_return std::unexpected(block::Status::no_device);
  const Status done = disk_->facts().can_flush ? co_await disk_->flush() : Status{};
  weaken();
  if (!done) co_return std::unexpected(status_of(done.error()));
  co_return service::Answered<block::FlushRequest>{};
}

rt::Task<service::Outcome<block::DiscardRequest>> BlockService::handle(const block::DiscardRequest& request, service::Asked) {
  if (const auto good = check_range(request.offset, request.bytes); !good) co_return std::unexpected(good.error());
  if (disk_->facts().read_only) co_return std::unexpected(block::Status::read_only);
  if (!disk_->facts().can_discard) co_return std::unexpected(block::Status::unsupported);
  const Status done = co_await disk_->discard(request.offset, request.bytes);
  if (!done) co_return std::unexpected(status_of(done.error()));
  co_return service::Answered<block::DiscardRequest>{};
}

}  // namespace tessera::virtio_blk
