// SPDX-License-Identifier: Apache-2.0
#include "components/drivers/virtio_blk/disk.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>

namespace tessera::virtio_blk {

namespace {

using ddk::VirtioDevice;
using ddk::Virtqueue;

constexpr std::uint64_t kWanted =
    VirtioDevice::kIndirect | VirtioDevice::kEventIndex | kSizeMax | kSegmentMax | kReadOnly | kBlockSize | kFlush | kDiscard;
constexpr std::uint32_t kMostBytes = 4 << 20;  // one request must not keep others waiting for long
constexpr std::uint16_t kQueue = 0;

// In a slot's memory.
constexpr std::size_t kHeaderAt = 0, kDiscardAt = 16, kStatusAt = 32;

}  // namespace

std::expected<Virtqueue, std::string_view> Disk::bring_up() {
  const auto accepted = device_.begin(kWanted, 0);
  if (!accepted) return std::unexpected(accepted.error());
  const auto has = [&](std::uint64_t feature) { return (*accepted & feature) != 0; };
  const auto words = device_.configuration<kConfigurationWords>(0);
  if (!words) return std::unexpected("its configuration does not stop changing");
  const auto word = [&](std::size_t number) { return words->at(number); };
  const Virtqueue::Features features{.indirect = has(VirtioDevice::kIndirect), .event_index = has(VirtioDevice::kEventIndex)};
  const std::uint16_t most = features.indirect ? kMostRequests : Virtqueue::kMostEntries;
  auto queue = device_.make_queue(kQueue, rings_, most, features, kTableParts);
  if (!queue) return queue;

  Facts facts;
  facts.sector_bytes = has(kBlockSize) ? word(kBlockSizeWord) : 512;
  if (!std::has_single_bit(facts.sector_bytes) || facts.sector_bytes < 512 || facts.sector_bytes > 4096) {
    return std::unexpected("its sectors have a size that is not supported");
  }
  const std::uint64_t units = std::uint64_t{word(kCapacityWord + 1)} << 32 | word(kCapacityWord);
  facts.bytes = std::min(units, ~std::uint64_t{0} / kUnit) * kUnit / facts.sector_bytes * facts.sector_bytes;
  // A chain has two more parts, and without a table each takes an entry.
  const std::uint32_t segments = has(kSegmentMax) ? word(kSegmentMaxWord) : 1;
  const std::uint32_t parts = features.indirect ? kMostPieces : queue->entries() - std::min<std::uint32_t>(queue->entries(), 2);
  facts.most_pieces = std::min({segments, parts, static_cast<std::uint32_t>(kMostPieces)});
  facts.most_bytes = std::min(kMostBytes, has(kSizeMax) ? word(kSizeMaxWord) : kMostBytes) / facts.sector_bytes * facts.sector_bytes;
  if (facts.most_pieces == 0 || facts.most_bytes == 0) return std::unexpected("it takes no data");
  facts.read_only = has(kReadOnly);
  facts.can_flush = has(kFlush);
  discard_most_ = has(kDiscard) ? word(kDiscardMaxWord) / (facts.sector_bytes / kUnit) * (facts.sector_bytes / kUnit) : 0;
  facts.can_discard = discard_most_ != 0 && !facts.read_only;
  if (facts_ && facts != *facts_) return std::unexpected("the disk is another one after a reset");
  facts_ = facts;
  queue->set_interrupts(true);
  device_.go();
  return queue;
}

rt::Task<Status> Disk::read(std::uint64_t offset, std::span<const DmaRange> to) { return run({*this, Kind::read, offset / kUnit, to}); }

rt::Task<Status> Disk::write(std::uint64_t offset, std::span<const DmaRange> from, bool durable) {
  if (!durable) return run({*this, Kind::write, offset / kUnit, from});
  return write_and_flush(offset, from);
}

// There is no such write in virtio: it is written, then all is flushed.
rt::Task<Status> Disk::write_and_flush(std::uint64_t offset, std::span<const DmaRange> from) {
  const Status done = co_await run({*this, Kind::write, offset / kUnit, from});
  if (!done) co_return done;
  co_return co_await flush();
}

rt::Task<Status> Disk::flush() { return run({*this, Kind::flush, 0}); }

rt::Task<Status> Disk::discard(std::uint64_t offset, std::uint64_t bytes) {
  while (bytes > 0) {
    const std::uint64_t units = std::min(bytes / kUnit, discard_most_);
    if (units == 0) co_return std::unexpected(Error::unsupported);
    const DiscardRange range{.sector = offset / kUnit, .sectors = static_cast<std::uint32_t>(units), .flags = 0};
    const Status done = co_await run({*this, Kind::discard, 0, {}, range});
    if (!done) co_return done;
    offset += units * kUnit;
    bytes -= units * kUnit;
  }
  co_return Status{};
}

rt::Task<Status> Disk::run(Request request) {
  switch (co_await requests_.run(request)) {
    case ddk::RequestQueue::End::answered: co_return request.status();
    case ddk::RequestQueue::End::exhausted: co_return std::unexpected(Error::io);
    case ddk::RequestQueue::End::cancelled: co_return std::unexpected(Error::gone);
  }
  co_return std::unexpected(Error::io);
}

std::span<const Virtqueue::Part> Disk::Request::parts(const ddk::DmaRegion& own) {
  const Header header{.kind = static_cast<std::uint32_t>(kind_), .reserved = 0, .sector = sector_};
  std::memcpy(own.part(kHeaderAt, sizeof header).bytes().data(), &header, sizeof header);
  own.bytes()[kStatusAt] = std::byte{kNotYet};
  std::size_t count = 0;
  const auto add = [&](std::uint64_t address, std::uint32_t bytes, bool device_writes) { disk_.parts_.at(count++) = {address, bytes, device_writes}; };
  add(own.address() + kHeaderAt, sizeof header, false);
  if (kind_ == Kind::discard) {
    std::memcpy(own.part(kDiscardAt, sizeof range_).bytes().data(), &range_, sizeof range_);
    add(own.address() + kDiscardAt, sizeof range_, false);
  }
  for (const DmaRange& piece : data_) add(piece.address, piece.bytes, kind_ == Kind::read);
  add(own.address() + kStatusAt, 1, true);
  return std::span(disk_.parts_).first(count);
}

bool Disk::Request::answered(const ddk::DmaRegion& own, std::uint32_t written) {
  const auto said = static_cast<std::uint8_t>(std::atomic_ref(own.bytes()[kStatusAt]).load(std::memory_order_relaxed));
  if (said > kUnsupported) return false;
  std::uint64_t all = 1;
  for (const DmaRange& piece : data_) all += piece.bytes;
  // Less written than was asked for is not the data.
  const bool shortened = kind_ == Kind::read && written < all;
  if (said == kUnsupported) status_ = std::unexpected(Error::unsupported);
  else if (said != kDone || shortened) status_ = std::unexpected(Error::io);
  return true;
}

}  // namespace tessera::virtio_blk
