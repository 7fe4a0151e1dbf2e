// SPDX-License-Identifier: Apache-2.0
#include "components/drivers/nvme/disk.hpp"

#include <algorithm>
#include <cstring>

namespace tessera::nvme {

namespace {

constexpr std::uint64_t kMostDiscard = std::uint64_t{1} << 30;  // of one command, which must not keep others waiting for long
constexpr unsigned kAttempts = 3;                               // of one that the device fails
constexpr std::uint16_t kSlotMask = ddk::RequestSlots::kMostRequests - 1, kUses = 256;

}  // namespace

std::expected<void, std::string_view> Disk::bring_up() {
  const auto found = controller_.bring_up();
  if (!found) return std::unexpected(found.error());
  if (found_ && *found != *found_) return std::unexpected("the disk is another one after a reset");
  found_ = *found;
  return {};
}

Command Disk::command(Kind kind) const {
  Command result;
  result.opcode = static_cast<std::uint8_t>(kind);
  result.space = found_->space;
  return result;
}

rt::Task<Status> Disk::transfer(Kind kind, std::uint64_t offset, std::span<const DmaRange> pieces, std::uint32_t flags) {
  const std::uint32_t sector_bytes = facts().sector_bytes;
  while (!pieces.empty()) {
    const Run part = first_run(pieces);
    Command one = command(kind);
    const std::uint64_t sector = offset / sector_bytes;
    one.word10 = static_cast<std::uint32_t>(sector);
    one.word11 = static_cast<std::uint32_t>(sector >> 32);
    one.word12 = (part.bytes / sector_bytes - 1) | flags;
    const Status done = co_await run({*this, one, pieces.first(part.pieces)});
    if (!done) co_return done;
    offset += part.bytes;
    pieces = pieces.subspan(part.pieces);
  }
  co_return Status{};
}

rt::Task<Status> Disk::flush() { return run({*this, command(Kind::flush)}); }

rt::Task<Status> Disk::discard(std::uint64_t offset, std::uint64_t bytes) {
  const std::uint32_t sector_bytes = facts().sector_bytes;
  while (bytes > 0) {
    const std::uint64_t part = std::min(bytes, kMostDiscard);
    Command one = command(Kind::dataset);
    one.word11 = kDeallocate;
    const Range range{.attributes = 0, .blocks = static_cast<std::uint32_t>(part / sector_bytes), .first = offset / sector_bytes};
    const Status done = co_await run({*this, one, {}, range});
    if (!done) co_return done;
    offset += part;
    bytes -= part;
  }
  co_return Status{};
}

rt::Task<Status> Disk::run(Request request) {
  for (unsigned attempt = 0; attempt < kAttempts; ++attempt) {
    switch (co_await requests_.run(request)) {
      case ddk::RequestSlots::End::answered: break;
      case ddk::RequestSlots::End::exhausted: co_return std::unexpected(Error::io);
      case ddk::RequestSlots::End::cancelled: co_return std::unexpected(Error::gone);
    }
    if ((request.said() & kStatusCode) == 0) co_return Status{};
    if ((request.said() & kStatusCode) == kInvalidOpcode) co_return std::unexpected(Error::unsupported);
    if ((request.said() & kDoNotRetry) != 0) break;
  }
  co_return std::unexpected(Error::io);
}

bool Disk::Request::offer(std::size_t slot) {
  const auto pairs = disk_.controller_.pairs();
  QueuePair& pair = pairs[slot % pairs.size()];
  if (pair.full()) return false;
  const ddk::DmaRegion own = disk_.lists_.part(slot * kSlotBytes, kSlotBytes);
  if (!data_.empty()) {
    point_to(command_, data_, own);
  } else if (range_.blocks != 0) {
    std::memcpy(own.part(0, sizeof range_).bytes().data(), &range_, sizeof range_);
    command_.data1 = own.address();
  }
  disk_.uses_ = static_cast<std::uint16_t>((disk_.uses_ + 1) % kUses);
  command_.id = static_cast<std::uint16_t>(disk_.uses_ * ddk::RequestSlots::kMostRequests + slot);
  disk_.ids_.at(slot) = command_.id;
  pair.submit(command_);
  return true;
}

std::expected<std::optional<ddk::SlotDevice::Answer>, std::string_view> Disk::take() {
  std::size_t number = 0;
  for (QueuePair& pair : controller_.pairs()) {
    const auto answer = pair.take();
    if (!answer) return std::unexpected(answer.error());
    if (const auto& got = *answer) {
      const std::size_t slot = got->id & kSlotMask;
      const bool ours = slot % controller_.pairs().size() == number && ids_.at(slot) == got->id;
      if (!ours) return std::unexpected("it answered what nobody asked");
      return Answer{.slot = slot, .said = static_cast<std::uint32_t>(got->status >> 1)};
    }
    controller_.tell_taken(pair, ++number);
  }
  return std::nullopt;
}

void Disk::announce() {
  std::size_t number = 0;
  for (QueuePair& pair : controller_.pairs()) controller_.tell_new(pair, ++number);
}

}  // namespace tessera::nvme
