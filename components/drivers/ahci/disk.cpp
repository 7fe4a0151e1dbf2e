// SPDX-License-Identifier: Apache-2.0
#include "components/drivers/ahci/disk.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace tessera::ahci {

namespace {
constexpr unsigned kAttempts = 2;  // of a request that the disk fails when it has nothing else
}

std::expected<void, std::string_view> Disk::bring_up() {
  const auto identity = adapter_.bring_up();
  if (!identity) return std::unexpected(identity.error());
  if (identity_ && *identity != *identity_) return std::unexpected("the disk is another one after a reset");
  identity_ = *identity;
  depth_ = adapter_.has_queues() ? std::min<std::size_t>(adapter_.slots(), std::max<std::size_t>(identity->queue_depth, 1)) : 1;
  issued_ = queued_ = new_ = done_ = failure_ = 0;
  broken_ = {};
  return {};
}

rt::Task<Status> Disk::write(std::uint64_t offset, std::span<const DmaRange> from, bool durable) {
  if (!durable) return run({*this, Kind::write, offset, from});
  return write_and_flush(offset, from);
}

// Disks do not agree on what forced writes (FUA) are worth; all know how to flush.
rt::Task<Status> Disk::write_and_flush(std::uint64_t offset, std::span<const DmaRange> from) {
  const Status done = co_await run({*this, Kind::write, offset, from});
  if (!done) co_return done;
  co_return co_await flush();
}

rt::Task<Status> Disk::discard(std::uint64_t offset, std::uint64_t bytes) {
  const std::uint64_t most = kTrimEntries * kMostTrimmed * facts().sector_bytes;
  while (bytes > 0) {
    const std::uint64_t part = std::min(bytes, most);
    const Status done = co_await run({*this, Kind::trim, offset, {}, part});
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
    if (request.status() || request.status().error() != Error::io) break;
  }
  co_return request.status();
}

Disk::Request::Request(Disk& disk, Kind kind, std::uint64_t offset, std::span<const DmaRange> data, std::uint64_t bytes)
    : disk_(disk), kind_(kind), sector_(offset / disk.facts().sector_bytes), data_(data), bytes_(bytes) {
  for (const DmaRange& piece : data) bytes_ += piece.bytes;
}

void Disk::Request::wait(bool waits) {
  if (waits == waits_) return;
  waits_ = waits;
  if (waits) {
    ++disk_.waiting_;
  } else {
    --disk_.waiting_;
    disk_.requests_.look_for_room();
  }
}

Frame Disk::Request::frame(Kind command) const {
  Frame frame;
  frame.command = command;
  frame.device = kByAddress;
  for (unsigned byte = 0; byte < 3; ++byte) {
    frame.address_low.at(byte) = static_cast<std::uint8_t>(sector_ >> 8 * byte);
    frame.address_high.at(byte) = static_cast<std::uint8_t>(sector_ >> (8 * byte + 24));
  }
  return frame;
}

// A second attempt is alone: it then cannot fail for another's sake.
bool Disk::Request::offer(std::size_t slot) {
  const bool queued = !data_.empty() && attempts_ == 0 && disk_.depth_ > 1;
  if (!(queued ? offer_queued(slot) : offer_alone(slot))) return false;
  queued_ = queued;
  ++attempts_;
  const std::uint32_t bit = std::uint32_t{1} << slot;
  disk_.issued_ |= bit;
  disk_.new_ |= bit;
  if (queued) disk_.queued_ |= bit;
  return true;
}

// Serial ATA, 13.6.4: the count is where features are, the slot where the count is.
bool Disk::Request::offer_queued(std::size_t slot) {
  const bool alone_before = disk_.issued_ != disk_.queued_;
  if (slot >= disk_.depth_ || disk_.waiting_ != 0 || alone_before) return false;
  Frame one = frame(kind_ == Kind::read ? Kind::read_queued : Kind::write_queued);
  const std::uint64_t sectors = bytes_ / disk_.facts().sector_bytes;
  one.feature_low = static_cast<std::uint8_t>(sectors);
  one.feature_high = static_cast<std::uint8_t>(sectors >> 8);
  one.count = static_cast<std::uint16_t>(slot << 3);
  disk_.adapter_.prepare(slot, one, data_, kind_ == Kind::write);
  return true;
}

bool Disk::Request::offer_alone(std::size_t slot) {
  if (disk_.issued_ != 0 || slot >= disk_.adapter_.slots()) {
    wait(true);
    return false;
  }
  wait(false);
  Frame one = frame(kind_);
  const std::uint64_t sectors = bytes_ / disk_.facts().sector_bytes;
  if (kind_ == Kind::trim) {
    const ddk::DmaRegion list = disk_.adapter_.trim_list();
    std::ranges::fill(list.bytes(), std::byte{0});
    std::uint64_t left = sectors, first = sector_;
    for (std::size_t entry = 0; entry < kTrimEntries && left > 0; ++entry) {
      const std::uint64_t part = std::min(left, kMostTrimmed), value = part << 48 | first;
      std::memcpy(list.bytes().subspan(entry * sizeof value, sizeof value).data(), &value, sizeof value);
      first += part;
      left -= part;
    }
    Frame trim;
    trim.command = Kind::trim;
    trim.feature_low = 1;
    trim.count = 1;
    trim.device = kByAddress;
    const DmaRange range{.address = list.address(), .bytes = static_cast<std::uint32_t>(list.size())};
    disk_.adapter_.prepare(slot, trim, std::span(&range, 1), true);
    return true;
  }
  if (!data_.empty()) one.count = static_cast<std::uint16_t>(sectors);
  disk_.adapter_.prepare(slot, one, data_, kind_ == Kind::write);
  return true;
}

bool Disk::Request::done(std::size_t slot, std::uint32_t said) {
  status_ = {};
  if (said != 0) {
    status_ = std::unexpected(kind_ == Kind::trim && (said & kAborted) != 0 ? Error::unsupported : Error::io);
  } else if (!queued_ && !data_.empty() && disk_.adapter_.moved_bytes(slot) != bytes_) {
    // Less moved than was asked for is not the data. Of queued commands the adapter does not tell.
    status_ = std::unexpected(Error::io);
  }
  return true;
}

void Disk::announce() {
  adapter_.issue(new_ & queued_, new_ & ~queued_);
  new_ = 0;
}

std::expected<void, std::string_view> Disk::look() {
  // In this order: what is done after this interrupts again.
  const std::uint32_t events = adapter_.take_events();
  const std::uint32_t pending = adapter_.pending();
  if (adapter_.gone()) return std::unexpected("it is gone");
  if ((pending & ~issued_) != 0) return std::unexpected("it is at work on what nobody asked");
  const std::uint32_t told = issued_ & ~new_;
  done_ = told & ~pending;
  if ((events & kLinkChanged) != 0) broken_ = "its link went down";
  if ((events & kBusFailed) != 0) broken_ = "it could not reach memory, or its link";
  if ((events & kTaskFailed) != 0 && broken_.empty()) {
    if ((told & queued_) != 0 || told == 0) {
      broken_ = "a queued command failed: each is tried alone";
    } else {
      failure_ = adapter_.task_file() | kError;
      done_ = told;
      if (const auto again = adapter_.restart(); !again) broken_ = again.error();
    }
  }
  issued_ &= ~done_;
  queued_ &= ~done_;
  return {};
}

std::expected<std::optional<ddk::SlotDevice::Answer>, std::string_view> Disk::take() {
  if (done_ == 0 && broken_.empty()) {
    if (const auto looked = look(); !looked) return std::unexpected(looked.error());
  }
  if (done_ != 0) {
    const auto slot = static_cast<std::size_t>(std::countr_zero(done_));
    done_ &= done_ - 1;
    return Answer{.slot = slot, .said = std::exchange(failure_, 0)};
  }
  if (!broken_.empty()) return std::unexpected(broken_);
  return std::nullopt;
}

}  // namespace tessera::ahci
