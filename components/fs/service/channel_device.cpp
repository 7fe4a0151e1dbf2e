// SPDX-License-Identifier: Apache-2.0
#include "components/fs/service/channel_device.hpp"

#include <algorithm>
#include <bit>

namespace tessera::fs {

namespace block = protocol::block;
using service::CallFailure;

namespace {

constexpr unsigned kTries = 4;         // of a request that the device failed to do
constexpr std::uint16_t kResends = 8;  // to drivers that were restarted

Error error_of(block::Status status) {
  switch (status) {
    case block::Status::io: return Error::io;
    case block::Status::no_device: return Error::no_device;
    case block::Status::read_only: return Error::read_only;
    case block::Status::invalid: return Error::invalid;
    case block::Status::unsupported: return Error::unsupported;
  }
  return Error::io;
}

// Whether it may be another time; and what it is if not.
bool may_go_away(const service::CallError<block::Status>& error) {
  return error.failure == CallFailure::lost || (error.failure == CallFailure::refused && error.status == block::Status::io);
}
Error error_of(const service::CallError<block::Status>& error) {
  return error.failure == CallFailure::refused ? error_of(error.status) : Error::io;
}

}  // namespace

ChannelDevice::Slots::Slots(std::uint32_t first, std::uint32_t bytes, std::size_t count) {
  free_.reserve(count);
  for (std::size_t i = 0; i < count; ++i) free_.push_back(static_cast<std::uint32_t>(first + i * bytes));
}

rt::Task<std::uint32_t> ChannelDevice::Slots::take() {
  // Not cut short: what is under way on a device ends.
  while (free_.empty()) (void)co_await freed_.wait();
  const std::uint32_t slot = free_.back();
  free_.pop_back();
  co_return slot;
}

void ChannelDevice::Slots::give_back(std::uint32_t offset) {
  free_.push_back(offset);
  freed_.raise();
}

ChannelDevice::ChannelDevice(Client& client)
    : client_(client),
      lists_(0, kListBytes, kLists),
      bounces_(kLists * kListBytes, kBounceBytes, kBounces),
      ping_{.offset = kPingAt, .bytes = sizeof(block::DiskFacts)},
      memory_(client.pools().own().subspan(kPingAt + kPingBytes)) {}

rt::Task<> ChannelDevice::ping() { (void)co_await client_.ask(block::FactsRequest{}, {.buffer = ping_}, {.resends = kResends}); }

template <typename R>
Io<> ChannelDevice::send(R request, service::Data data) {
  for (unsigned tried = 1;; ++tried) {
    const auto reply = co_await client_.ask(request, data, {.resends = kResends});
    if (reply) co_return Result<void>();
    if (tried == kTries || !may_go_away(reply.error())) co_return std::unexpected(error_of(reply.error()));
  }
}

Io<> ChannelDevice::begin() {
  const std::uint32_t slot = co_await lists_.take();
  const ring::Buffer buffer{.offset = slot, .bytes = sizeof(block::DiskFacts)};
  const auto asked = co_await send(block::FactsRequest{}, {.buffer = buffer});
  const auto facts = ring::load_struct<block::DiskFacts>(*client_.pools().part(buffer));
  lists_.give_back(slot);
  if (!asked) co_return std::unexpected(asked.error());
  if (!std::has_single_bit(facts.sector_bytes) || facts.sector_bytes < 512 || facts.sector_bytes > 4096 || facts.bytes == 0 ||
      facts.bytes % facts.sector_bytes != 0 || facts.most_bytes < facts.sector_bytes || facts.most_pieces == 0)
    co_return std::unexpected(Error::corrupt);
  facts_ = {.bytes = facts.bytes, .sector_bytes = facts.sector_bytes, .read_only = (facts.flags & block::kReadOnly) != 0};
  most_bytes_ = facts.most_bytes / facts.sector_bytes * facts.sector_bytes;
  most_pieces_ = std::min<std::uint32_t>(facts.most_pieces, ring::kMostPieces);
  can_discard_ = (facts.flags & block::kCanDiscard) != 0;
  must_flush_ = (facts.flags & block::kVolatileCache) != 0;
  co_return Result<void>();
}

// Pieces are multiples of the sector, so what is cut off is, too.
ChannelDevice::Part ChannelDevice::next_part(Rest& rest) const {
  [[clang::uninitialized]] Part part;
  while (!rest.pieces.empty() && part.pieces.size() < most_pieces_ && part.bytes < most_bytes_) {
    const auto left = rest.pieces.front().subspan(rest.done);
    auto memory = left.first(std::min<std::size_t>(left.size(), most_bytes_ - part.bytes));
    auto piece = client_.pools().piece_of(memory);
    if (!piece) {
      if (!part.pieces.empty()) break;
      memory = memory.first(std::min<std::size_t>(memory.size(), kBounceBytes));
      part.reachable = false;
      part.memory = memory;
      piece = ring::Piece{.bytes = static_cast<std::uint32_t>(memory.size())};
    }
    if (!part.pieces.add(*piece)) break;
    part.bytes += piece->bytes;
    rest.done += piece->bytes;
    if (rest.done == rest.pieces.front().size()) rest = {.pieces = rest.pieces.subspan(1)};
    if (!part.reachable) break;
  }
  return part;
}

template <typename R>
Io<> ChannelDevice::send_list(R request, const Part& part) {
  const std::uint32_t slot = co_await lists_.take();
  const auto bytes = static_cast<std::uint32_t>(part.pieces.size() * sizeof(ring::Piece));
  const ring::Buffer buffer{.offset = slot, .bytes = bytes, .form = ring::Form::pieces};
  const auto list = ring::shared_in<ring::Piece>(*client_.pools().part(buffer), part.pieces.size());
  std::size_t at = 0;
  for (const ring::Piece& piece : part.pieces.all()) list[at++].store(piece);
  const auto done = co_await send(request, {.buffer = buffer, .list_bytes = part.bytes});
  lists_.give_back(slot);
  co_return done;
}

template <typename R>
Io<> ChannelDevice::send_copy(R request, const Part& part) {
  const std::uint32_t slot = co_await bounces_.take();
  const ring::Buffer buffer{.offset = slot, .bytes = part.bytes};
  const auto memory = *client_.pools().part(buffer);
  if constexpr (R::kClientWrites) std::ranges::copy(part.memory, memory.begin());
  const auto done = co_await send(request, {.buffer = buffer});
  if constexpr (R::kServerWrites) {
    if (done) std::ranges::copy(memory, part.memory.begin());
  }
  bounces_.give_back(slot);
  co_return done;
}

template <typename R>
Io<> ChannelDevice::transfer(R request, Pieces pieces) {
  std::uint64_t bytes = 0;
  for (const auto& piece : pieces) {
    if (piece.empty() || piece.size() % facts_.sector_bytes != 0) co_return std::unexpected(Error::invalid);
    bytes += piece.size();
  }
  if (request.offset % facts_.sector_bytes != 0 || request.offset > facts_.bytes || bytes > facts_.bytes - request.offset)
    co_return std::unexpected(Error::invalid);
  for (Rest rest{.pieces = pieces}; !rest.pieces.empty();) {
    [[clang::uninitialized]] const Part part = next_part(rest);
    const ring::Piece& first = part.pieces.all().front();
    Result<void> done;
    if (!part.reachable) {
      done = co_await send_copy(request, part);
    } else if (part.pieces.size() > 1) {
      done = co_await send_list(request, part);
    } else {
      done = co_await send(request, {.buffer = {.offset = first.offset, .bytes = first.bytes, .pool = static_cast<std::uint16_t>(first.pool)}});
    }
    if (!done) co_return done;
    request.offset += part.bytes;
  }
  co_return Result<void>();
}

Io<> ChannelDevice::read(std::uint64_t offset, Pieces to) { return transfer(block::ReadRequest{.offset = offset}, to); }

Io<> ChannelDevice::write(std::uint64_t offset, Pieces from, bool durable) {
  return transfer(block::WriteRequest{.offset = offset, .durable = durable ? 1u : 0u}, from);
}

Io<> ChannelDevice::flush() {
  if (!must_flush_) co_return Result<void>();
  co_return co_await send(block::FlushRequest{}, {});
}

Io<> ChannelDevice::discard(std::uint64_t offset, std::uint64_t bytes) {
  if (!can_discard_) co_return Result<void>();
  co_return co_await send(block::DiscardRequest{.offset = offset, .bytes = bytes}, {});
}

}  // namespace tessera::fs
