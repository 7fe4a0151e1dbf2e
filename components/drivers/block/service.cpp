// SPDX-License-Identifier: Apache-2.0
#include "components/drivers/block/service.hpp"

#include <abi/nucleus.client.hpp>
#include <algorithm>

#include "lib/rt/log.hpp"
#include "lib/rt/objects.hpp"
#include "lib/rt/raw_memory.hpp"

namespace tessera::block_driver {

namespace {

block::Status status_of(Error error) {
  switch (error) {
    case Error::io: return block::Status::io;
    case Error::unsupported: return block::Status::unsupported;
    case Error::gone: return block::Status::no_device;
  }
  return block::Status::io;
}

// Over where the answers end: half of a billion more than there is room for.
void scribble(std::span<std::byte> channel) {
  const auto layout = ring::ChannelLayout::of(channel, block::kEntries);
  if (layout) layout->completions.header().tail.value.fetch_add(std::uint64_t{1} << 29);
}

}  // namespace

void Service::configure(ddk::Driver& at) {
  pools_ = at.pools();
  weakness_ = at.number("weakness", 0);
  const std::string_view failure = at.start().config("failure").value_or("panics");
  failure_ = failure == "hangs"       ? Failure::hangs
             : failure == "scribbles" ? Failure::scribbles
             : failure == "strays"    ? Failure::strays
                                      : Failure::panics;
  channel_ = at.channel();
  read_only_ = at.number("read-only", 0) != 0;
}

void Service::set_disk(Disk& disk) {
  disk_ = &disk;
  const Facts& facts = disk.facts();
  rt::log("{} sectors of {} bytes{}", facts.bytes / facts.sector_bytes, facts.sector_bytes, read_only() ? ", read-only" : "");
}

// Memory of the driver's own, whose place it knows, and which nobody granted its device.
rt::Task<> Service::stray() {
  constexpr unsigned kBits = 12;
  constexpr std::byte kUntouched{0xa5};
  const auto memory = rt::objects().make(abi::ObjectType::memory, kBits);
  const auto info = memory ? abi::memory_info(*memory) : std::unexpected(memory.error());
  if (!info) rt::panic("it has no memory to fail with");
  const auto mapping = rt::objects().map(*memory, rt::objects().reserve_addresses(info->bytes), info->bytes, abi::kRightRead | abi::kRightWrite);
  if (!mapping) rt::panic("it has no memory to fail with");
  const std::span<std::byte> bytes = rt::bytes_at(mapping->address, info->bytes);
  std::ranges::fill(bytes, kUntouched);
  rt::log("its device is told to write at {:#x}, which it may not", info->physical);
  const DmaRange there{.address = info->physical, .bytes = disk_->facts().sector_bytes};
  (void)co_await disk_->read(0, std::span(&there, 1));
  const bool untouched = std::ranges::all_of(bytes, [](const volatile std::byte& byte) { return byte == kUntouched; });
  rt::log("{} was written there", untouched ? "nothing" : "something");
  rt::panic("it is configured to fail now");
}

rt::Task<> Service::fail() {
  switch (failure_) {
    case Failure::panics: rt::panic("it is configured to fail now");
    case Failure::strays: co_return co_await stray();
    case Failure::scribbles: scribble(channel_); [[fallthrough]];
    case Failure::hangs:
      for (;;) rt::yield();
  }
}

std::expected<void, block::Status> Service::check_range(std::uint64_t offset, std::uint64_t bytes) const {
  if (disk_ == nullptr) return std::unexpected(block::Status::no_device);
  const Facts& facts = disk_->facts();
  const bool whole = offset % facts.sector_bytes == 0 && bytes % facts.sector_bytes == 0 && bytes > 0;
  if (!whole || offset > facts.bytes || bytes > facts.bytes - offset) return std::unexpected(block::Status::invalid);
  return {};
}

std::expected<void, block::Status> Service::locate(service::Asked& asked, std::uint64_t offset, Transfer& into) const {
  if (disk_ == nullptr) return std::unexpected(block::Status::no_device);
  const Facts& facts = disk_->facts();
  if (!pools_.locate(asked, facts.most_bytes, into.pieces) || into.pieces.size() > facts.most_pieces) return std::unexpected(block::Status::invalid);
  for (const DmaRange& piece : into.pieces.all()) {
    if (piece.bytes % facts.sector_bytes != 0 || piece.address % Disk::kAlignment != 0) return std::unexpected(block::Status::invalid);
    into.bytes += piece.bytes;
  }
  return check_range(offset, into.bytes);
}

rt::Task<service::Outcome<block::FactsRequest>> Service::handle(const block::FactsRequest&, service::Asked asked) {
  if (disk_ == nullptr) co_return std::unexpected(block::Status::no_device);
  const Facts& facts = disk_->facts();
  const std::uint64_t flags = (read_only() ? block::kReadOnly : 0) | (facts.can_flush ? block::kVolatileCache : 0) |
                              (facts.can_discard && !read_only() ? block::kCanDiscard : 0);
  ring::store_struct(asked.memory(), block::DiskFacts{.bytes = facts.bytes, .sector_bytes = facts.sector_bytes, .most_bytes = facts.most_bytes,
                                                      .most_pieces = facts.most_pieces, .flags = static_cast<std::uint32_t>(flags)});
  co_return service::Answered<block::FactsRequest>{.results = {}, .bytes = sizeof(block::DiskFacts)};
}

rt::Task<service::Outcome<block::ReadRequest>> Service::handle(const block::ReadRequest& request, service::Asked asked) {
  [[clang::uninitialized]] Transfer transfer;
  if (const auto good = locate(asked, request.offset, transfer); !good) co_return std::unexpected(good.error());
  const Status done = co_await disk_->read(request.offset, transfer.pieces.all());
  if (fails_now()) co_await fail();
  if (!done) co_return std::unexpected(status_of(done.error()));
  co_return service::Answered<block::ReadRequest>{.results = {}, .bytes = transfer.bytes};
}

rt::Task<service::Outcome<block::WriteRequest>> Service::handle(const block::WriteRequest& request, service::Asked asked) {
  [[clang::uninitialized]] Transfer transfer;
  if (const auto good = locate(asked, request.offset, transfer); !good) co_return std::unexpected(good.error());
  if (read_only()) co_return std::unexpected(block::Status::read_only);
  const Status done = co_await disk_->write(request.offset, transfer.pieces.all(), request.durable != 0 && disk_->facts().can_flush);
  if (fails_now()) co_await fail();
  if (!done) co_return std::unexpected(status_of(done.error()));
  co_return service::Answered<block::WriteRequest>{.results = {}, .bytes = transfer.bytes};
}

rt::Task<service::Outcome<block::FlushRequest>> Service::handle(const block::FlushRequest&, service::Asked) {
  if (disk_ == nullptr) co_return std::unexpected(block::Status::no_device);
  const Status done = disk_->facts().can_flush ? co_await disk_->flush() : Status{};
  if (fails_now()) co_await fail();
  if (!done) co_return std::unexpected(status_of(done.error()));
  co_return service::Answered<block::FlushRequest>{};
}

rt::Task<service::Outcome<block::DiscardRequest>> Service::handle(const block::DiscardRequest& request, service::Asked) {
  if (const auto good = check_range(request.offset, request.bytes); !good) co_return std::unexpected(good.error());
  if (read_only()) co_return std::unexpected(block::Status::read_only);
  if (!disk_->facts().can_discard) co_return std::unexpected(block::Status::unsupported);
  const Status done = co_await disk_->discard(request.offset, request.bytes);
  if (!done) co_return std::unexpected(status_of(done.error()));
  co_return service::Answered<block::DiscardRequest>{};
}

}  // namespace tessera::block_driver
