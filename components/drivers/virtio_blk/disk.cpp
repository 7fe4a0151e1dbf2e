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

std::expected<void, std::string_view> Disk::begin() {
  if (memory_.bytes().size() < kMemoryBytes) return std::unexpected("too little memory for DMA was granted");
  const auto facts = bring_up();
  if (!facts) return std::unexpected(facts.error());
  facts_ = *facts;
  return {};
}

std::expected<Facts, std::string_view> Disk::bring_up() {
  const auto accepted = device_.begin(kWanted, 0);
  if (!accepted) return std::unexpected(accepted.error());
  const auto has = [&](std::uint64_t feature) { return (*accepted & feature) != 0; };
  const auto words = device_.configuration<kConfigurationWords>(0);
  if (!words) return std::unexpected("its configuration does not stop changing");
  const auto word = [&](std::size_t number) { return words->at(number); };
  const Virtqueue::Features features{.indirect = has(VirtioDevice::kIndirect), .event_index = has(VirtioDevice::kEventIndex)};
  const std::uint16_t most = features.indirect ? kMostRequests : Virtqueue::kMostEntries;
  const auto queue = device_.make_queue(kQueue, memory_.part(0, kRingBytes), most, features, kTableParts);
  if (!queue) return std::unexpected(queue.error());
  queue_ = *queue;

  Facts facts;
  facts.sector_bytes = has(kBlockSize) ? word(kBlockSizeWord) : 512;
  if (!std::has_single_bit(facts.sector_bytes) || facts.sector_bytes < 512 || facts.sector_bytes > 4096) {
    return std::unexpected("its sectors have a size that is not supported");
  }
  const std::uint64_t units = std::uint64_t{word(kCapacityWord + 1)} << 32 | word(kCapacityWord);
  facts.bytes = std::min(units, ~std::uint64_t{0} / kUnit) * kUnit / facts.sector_bytes * facts.sector_bytes;
  // A chain has two more parts, and without a table each takes an entry.
  const std::uint32_t segments = has(kSegmentMax) ? word(kSegmentMaxWord) : 1;
  const std::uint32_t parts = features.indirect ? kMostPieces : queue_.entries() - std::min<std::uint32_t>(queue_.entries(), 2);
  facts.most_pieces = std::min({segments, parts, static_cast<std::uint32_t>(kMostPieces)});
  facts.most_bytes = std::min(kMostBytes, has(kSizeMax) ? word(kSizeMaxWord) : kMostBytes) / facts.sector_bytes * facts.sector_bytes;
  if (facts.most_pieces == 0 || facts.most_bytes == 0) return std::unexpected("it takes no data");
  facts.read_only = has(kReadOnly);
  facts.can_flush = has(kFlush);
  discard_most_ = has(kDiscard) ? word(kDiscardMaxWord) / (facts.sector_bytes / kUnit) * (facts.sector_bytes / kUnit) : 0;
  facts.can_discard = discard_most_ != 0 && !facts.read_only;
  queue_.set_interrupts(true);
  device_.go();
  return facts;
}

rt::Task<Status> Disk::read(std::uint64_t offset, std::span<const DmaRange> to) { return run({.kind = Kind::read, .offset = offset, .data = to, .discard = {}}); }

rt::Task<Status> Disk::write(std::uint64_t offset, std::span<const DmaRange> from) {
  return run({.kind = Kind::write, .offset = offset, .data = from, .discard = {}});
}

rt::Task<Status> Disk::flush() { return run({.kind = Kind::flush, .offset = 0, .data = {}, .discard = {}}); }

rt::Task<Status> Disk::discard(std::uint64_t offset, std::uint64_t bytes) {
  while (bytes > 0) {
    const std::uint64_t units = std::min(bytes / kUnit, discard_most_);
    if (units == 0) co_return std::unexpected(Error::unsupported);
    const DiscardRange range{.sector = offset / kUnit, .sectors = static_cast<std::uint32_t>(units), .flags = 0};
    const Status done = co_await run({.kind = Kind::discard, .offset = 0, .data = {}, .discard = range});
    if (!done) co_return done;
    offset += units * kUnit;
    bytes -= units * kUnit;
  }
  co_return Status{};
}

rt::Task<Status> Disk::run(Request request) {
  for (unsigned attempt = 0; attempt < conditions_.attempts; ++attempt) {
    bool again = false;
    const Status done = co_await run_once(request, again);
    if (!again) co_return done;
  }
  co_return std::unexpected(Error::io);
}

rt::Task<Status> Disk::run_once(const Request& request, bool& again) {
  Slot* slot = nullptr;
  for (;;) {
    slot = failed_ ? nullptr : free_slot();
    if (slot != nullptr && offer(*slot, request)) break;
    if (!co_await room_.wait()) co_return std::unexpected(Error::gone);
  }
  slot->state = State::under_way;
  slot->deadline_ns = conditions_.now_ns() + conditions_.answer_ns;
  offered_.raise();
  busy_.raise();
  while (slot->state == State::under_way) {
    // Cancelled: the driver ends, and resets the device before it lets go of anything.
    if (!co_await slot->ended.wait()) co_return std::unexpected(Error::gone);
  }
  again = slot->state == State::again;
  const Status done = again ? Status(std::unexpected(Error::io)) : outcome(*slot, request);
  slot->state = State::free;
  room_.raise();
  co_return done;
}

Disk::Slot* Disk::free_slot() {
  const auto found = std::ranges::find(slots_, State::free, &Slot::state);
  return found == slots_.end() ? nullptr : &*found;
}

ddk::DmaRegion Disk::slot_memory(const Slot& slot) const {
  const auto number = static_cast<std::size_t>(&slot - &slots_.front());
  return memory_.part(kRingBytes + number * kSlotBytes, kSlotBytes);
}

bool Disk::offer(const Slot& slot, const Request& request) {
  const ddk::DmaRegion memory = slot_memory(slot);
  const Header header{.kind = static_cast<std::uint32_t>(request.kind), .reserved = 0, .sector = request.offset / kUnit};
  std::memcpy(memory.part(kHeaderAt, sizeof header).bytes().data(), &header, sizeof header);
  memory.bytes()[kStatusAt] = std::byte{kNotYet};
  std::size_t count = 0;
  const auto add = [&](std::uint64_t address, std::uint32_t bytes, bool device_writes) { parts_.at(count++) = {address, bytes, device_writes}; };
  add(memory.address() + kHeaderAt, sizeof header, false);
  if (request.kind == Kind::discard) {
    std::memcpy(memory.part(kDiscardAt, sizeof request.discard).bytes().data(), &request.discard, sizeof request.discard);
    add(memory.address() + kDiscardAt, sizeof request.discard, false);
  }
  for (const DmaRange& piece : request.data) add(piece.address, piece.bytes, request.kind == Kind::read);
  add(memory.address() + kStatusAt, 1, true);
  const auto token = static_cast<std::uint16_t>(&slot - &slots_.front());
  return queue_.offer(token, std::span(parts_).first(count));
}

Status Disk::outcome(const Slot& slot, const Request& request) {
  std::uint64_t expected = 1;
  if (request.kind == Kind::read) {
    for (const DmaRange& piece : request.data) expected += piece.bytes;
  }
  if (slot.status == kUnsupported) return std::unexpected(Error::unsupported);
  // Less written than was asked for is not the data.
  if (slot.status != kDone || (request.kind == Kind::read && slot.written < expected)) return std::unexpected(Error::io);
  return {};
}

bool Disk::drain() {
  for (;;) {
    const auto used = queue_.take();
    if (!used) return false;
    if (!*used) return true;
    Slot& slot = slots_.at((*used)->token);
    std::byte& place = slot_memory(slot).bytes()[kStatusAt];
    const auto status = static_cast<std::uint8_t>(std::atomic_ref(place).load(std::memory_order_relaxed));
    if (slot.state != State::under_way || status > kUnsupported) return false;
    slot.status = status;
    slot.written = (*used)->bytes;
    slot.state = State::answered;
    resets_in_row_ = 0;
    slot.ended.raise();
  }
}

rt::Task<> Disk::attend(unsigned bit) {
  for (;;) {
    bool good = drain();
    if (good) {
      queue_.set_interrupts(true);
      good = drain();
    }
    if (!good && !failed_) recover("it broke the rules");
    if (!co_await loop_.event(bit)) co_return;
    queue_.set_interrupts(false);
  }
}

rt::Task<> Disk::tell() {
  while (co_await offered_.wait()) {
    if (!failed_ && queue_.wants_notice()) device_.tell(kQueue);
  }
}

rt::Task<> Disk::watch() {
  const std::uint64_t step = std::clamp<std::uint64_t>(conditions_.answer_ns / 8, 1, 1'000'000'000);
  for (;;) {
    if (queue_.outstanding() == 0 && !co_await busy_.wait()) co_return;
    if (!co_await loop_.sleep_until(conditions_.now_ns() + step)) co_return;
    if (failed_ || queue_.outstanding() == 0) continue;
    const std::uint64_t now = conditions_.now_ns();
    const bool late = std::ranges::any_of(slots_, [&](const Slot& slot) { return slot.state == State::under_way && slot.deadline_ns <= now; });
    if (device_.needs_reset()) recover("it says that it needs a reset");
    else if (late) recover("it did not answer in time");
  }
}

// Everything that the device had is done again, by its own task.
void Disk::recover(std::string_view why) {
  if (++resets_in_row_ > conditions_.resets) return give_up("the disk was reset too often without being done with anything");
  conditions_.note(why);
  const auto facts = bring_up();
  if (!facts) return give_up(facts.error());
  if (*facts != facts_) return give_up("the disk is another one after a reset");
  for (Slot& slot : slots_) {
    if (slot.state != State::under_way) continue;
    slot.state = State::again;
    slot.ended.raise();
  }
  room_.raise();
}

// Nothing is answered any more: the device may still be at work on what it has. The next instance of the driver does
// all of it again.
void Disk::give_up(std::string_view why) {
  conditions_.note(why);
  failed_ = true;
  failure_.raise();
}

}  // namespace tessera::virtio_blk
