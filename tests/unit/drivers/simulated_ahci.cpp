// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/drivers/simulated_ahci.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace tessera::test {

using namespace ahci;

namespace {
constexpr std::size_t kSector = 512;
constexpr std::size_t kHere = kPortAt + SimulatedAhci::kPort * kPortBytes;
}  // namespace

SimulatedAhci::SimulatedAhci(const ddk::simulator::HostMemory& memory, std::size_t bytes, std::uint64_t seed, std::uint64_t& now)
    : content(bytes), words(256), memory_(memory), random_(seed), now_(now) {
  words[49] = 1u << 8 | 1u << 9;
  words[75] = 31;
  words[76] = 1u << 8;
  words[82] = words[85] = 1u << 5;
  words[83] = 0x4000 | 1u << 10;
  words[100] = static_cast<std::uint16_t>(bytes / kSector);
  words[101] = static_cast<std::uint16_t>(bytes / kSector >> 16);
  words[106] = 0x4000;
  words[169] = 1;
}

std::span<std::byte> SimulatedAhci::at(std::uint64_t address, std::size_t bytes, std::string_view what) {
  if (const auto memory = memory_.at(address, bytes)) return *memory;
  complain(std::string(what) + " is no memory");
  return std::span(lost_).first(std::min(bytes, lost_.size()));
}

std::uint32_t SimulatedAhci::read(std::size_t offset) {
  if (gone) return kNobody;
  switch (offset) {
    case kCapabilitiesAt: return capabilities;
    case kControlAt: return control_;
    case kInterruptsAt: return interrupts_;
    case kPortsAt: return 1u << kPort | 1u;  // nothing is at the first
    case kCapabilities2At: return firmware_owns || firmware_keeps ? kCanHandOff : 0;
    case kHandoffAt: return handoff_ | (firmware_owns ? kFirmwareOwns : 0);
    case kHere + kPortInterruptsAt: return port_interrupts_;
    case kHere + kInterruptEnableAt: return enabled_;
    case kHere + kCommandAt: {
      const bool runs = !faults.stops || (command_ & kStart) != 0, hears = (command_ & kFrames) != 0;
      return command_ | (runs ? kRuns : 0) | (hears ? kFramesRun : 0);
    }
    case kHere + kTaskFileAt: return task_;
    case kHere + kSignatureAt: return signature;
    case kHere + kLinkAt: return link_;
    case kHere + kLinkControlAt: return link_control_;
    case kHere + kActiveAt: return active_;
    case kHere + kIssueAt: return issued_;
    default: return 0;
  }
}

void SimulatedAhci::reset_port() {
  port_interrupts_ = enabled_ = active_ = issued_ = fetched_ = 0;
  halted_ = in_error_ = false;
  task_ = 0x7f;
  pending_.clear();
}

void SimulatedAhci::write(std::size_t offset, std::uint32_t value) {
  if (gone) return;
  if (offset >= kPortAt) {
    if (offset >= kHere && offset < kHere + kPortBytes) write_port(offset - kHere, value);
    return;
  }
  switch (offset) {
    case kControlAt:
      control_ = value;
      if ((value & kResetAdapter) != 0 && faults.resets) {
        if (firmware_owns) complain("it is reset before firmware let go");
        ++resets;
        control_ = 0;
        command_ = 0;
        link_ = kLinkUp;
        reset_port();
      }
      break;
    case kInterruptsAt: interrupts_ &= ~value; break;
    case kHandoffAt:
      handoff_ = value & ~kFirmwareOwns;
      if (!firmware_keeps) firmware_owns = false;
      break;
    default: complain("a register is written that there is not");
  }
}

void SimulatedAhci::write_port(std::size_t offset, std::uint32_t value) {
  const auto half = [&](std::uint64_t& whole, bool high) {
    const unsigned by = high ? 32 : 0;
    whole = (whole & ~(std::uint64_t{0xffff'ffff} << by)) | std::uint64_t{value} << by;
    if ((command_ & (kStart | kFrames)) != 0) complain("the memory of a port that runs changes");
  };
  switch (offset) {
    case kListAt: half(list_, false); break;
    case kListAt + 4: half(list_, true); break;
    case kFramesAt: half(frames_, false); break;
    case kFramesAt + 4: half(frames_, true); break;
    case kPortInterruptsAt: port_interrupts_ &= ~value; break;
    case kInterruptEnableAt: enabled_ = value; break;
    case kCommandAt:
      if ((value & kStart) != 0 && (task_ & (kBusy | kWantsData)) != 0) complain("it is started while its disk is busy");
      if ((value & kStart) == 0) {
        active_ = issued_ = fetched_ = 0;
        halted_ = false;
        pending_.clear();
      }
      command_ = value & ~(kRuns | kFramesRun);
      // Its disk says what it is.
      if ((value & kFrames) != 0 && task_ == 0x7f && link_ == kLinkUp) task_ = 0x50;
      break;
    case kLinkControlAt:
      if ((link_control_ & kLinkMask) == kLinkReset && (value & kLinkMask) == 0) {
        ++link_resets;
        reset_port();
        link_ = faults.link_resets ? kLinkUp : 0;
        if ((command_ & kFrames) != 0) task_ = 0x50;
      } else if ((value & kLinkMask) == kLinkReset && (command_ & kStart) != 0) {
        complain("the link of a port that runs is reset");
      }
      link_control_ = value;
      break;
    case kLinkErrorsAt: break;
    case kActiveAt:
      if ((command_ & kStart) == 0) complain("a port that does not run is told of commands");
      active_ |= value;
      break;
    case kIssueAt:
      if ((command_ & kStart) == 0) complain("a port that does not run is told of commands");
      if ((issued_ & value) != 0) complain("a command is issued twice");
      issued_ |= value;
      break;
    default: complain("a port's register is written that there is not");
  }
}

void SimulatedAhci::raise(std::uint32_t events) {
  port_interrupts_ |= events;
  if ((port_interrupts_ & enabled_) == 0) return;
  interrupts_ |= 1u << kPort;
  if ((control_ & kInterruptsOn) != 0) on_interrupt();
}

bool SimulatedAhci::fetch() {
  const std::uint32_t unseen = issued_ & ~fetched_;
  if (unseen == 0) return false;
  Command command;
  command.slot = static_cast<std::size_t>(std::countr_zero(unseen));
  fetched_ |= 1u << command.slot;
  std::memcpy(&command.header, at(list_ + command.slot * sizeof(Header), sizeof(Header), "a list").data(), sizeof(Header));
  const std::uint64_t table = command.header.table;
  if (table % 128 != 0 || (command.header.flags & 0x1f) != kFrameWords) complain("a bad header");
  std::memcpy(static_cast<void*>(&command.frame), at(table, sizeof(Frame), "a table").data(), sizeof(Frame));
  for (std::size_t number = 0; number < command.header.parts; ++number) {
    Part part;
    std::memcpy(&part, at(table + kPartsAt + number * sizeof part, sizeof part, "a table").data(), sizeof part);
    if (part.address % 2 != 0 || part.last_byte % 2 == 0) complain("a part of odd size or place");
    command.data.push_back(at(part.address, std::size_t{part.last_byte} + 1, "data"));
  }
  const bool queue_busy = std::ranges::any_of(pending_, &Command::is_queued);
  if (command.is_queued()) {
    if ((active_ & 1u << command.slot) == 0) complain("a queued command is not active");
    if (command.frame.count >> 3 != command.slot) complain("a queued command with another number");
    issued_ &= ~(1u << command.slot);
    fetched_ &= ~(1u << command.slot);
    if (pending_.size() > std::size_t{words[75]} + 1) complain("more than its queue takes");
  }
  if (!pending_.empty() && queue_busy != command.is_queued()) complain("queued commands and others are mixed");
  if (in_error_) complain("its queue's error was not cleared");
  pending_.push_back(command);
  most_at_a_time = std::max(most_at_a_time, pending_.size());
  return true;
}

void SimulatedAhci::fail(const Command& command) {
  ++failures;
  halted_ = true;
  in_error_ = command.is_queued();
  task_ = 0x51 | 0x40 << 8;  // error; uncorrectable
  raise(kTaskFailed);
}

bool SimulatedAhci::finish() {
  if (pending_.empty()) return false;
  const std::size_t which = pending_.front().is_queued() ? random_() % pending_.size() : 0;
  const Command command = pending_[which];
  pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(which));
  const bool own = command.frame.command == Kind::identify;
  if (!own && chance(faults.never)) {
    ++hung;
    return true;
  }
  if (!own && chance(faults.unplug)) {
    ++lies;
    raise(kLinkChanged);
    return true;
  }
  if (!own && chance(faults.lie)) {
    ++lies;
    active_ |= ~(active_ | issued_);
    raise(1u << 3);
    return true;
  }
  const std::uint64_t sector = sector_of(command.frame);
  const bool bad = faults.bad_sector && (command.frame.command == Kind::read || command.frame.command == Kind::read_queued) && sector == *faults.bad_sector;
  if (!own && (bad || chance(faults.fails))) {
    fail(command);
    return true;
  }
  const auto moved = serve(command);
  if (!moved) {
    task_ = 0x51 | kAborted;
    halted_ = true;
    in_error_ = command.is_queued();
    raise(kTaskFailed);
    return true;
  }
  ++served;
  task_ = 0x50;
  std::uint32_t told = static_cast<std::uint32_t>(*moved);
  if (!own && !command.is_queued() && told != 0 && chance(faults.shortens)) {
    ++lies;
    told -= 512;
    if (command.frame.command == Kind::read) std::ranges::fill(command.data.back().last(512), std::byte{0xee});
  }
  if (!command.is_queued()) std::memcpy(at(list_ + command.slot * sizeof(Header) + 4, 4, "a list").data(), &told, sizeof told);
  const std::uint32_t bit = 1u << command.slot;
  if (command.is_queued()) {
    ++queued;
    active_ &= ~bit;
    raise(1u << 3);
  } else {
    issued_ &= ~bit;
    fetched_ &= ~bit;
    raise(1u << 0);
  }
  return true;
}

bool SimulatedAhci::step() {
  if (gone || halted_ || (command_ & kStart) == 0) return false;
  const bool fetch_first = random_() % 2 == 0;
  if (fetch_first && fetch()) return true;
  if (finish()) return true;
  return !fetch_first && fetch();
}

std::uint64_t SimulatedAhci::sector_of(const Frame& frame) const {
  std::uint64_t sector = 0;
  for (unsigned byte = 0; byte < 3; ++byte) {
    sector |= std::uint64_t{frame.address_low.at(byte)} << 8 * byte | std::uint64_t{frame.address_high.at(byte)} << (8 * byte + 24);
  }
  return sector;
}

std::optional<std::size_t> SimulatedAhci::transfer(const Command& command, std::size_t sectors, bool to_disk) {
  if (sectors == 0) sectors = 65536;
  const std::uint64_t first = sector_of(command.frame) * kSector;
  std::size_t room = 0;
  for (const auto part : command.data) room += part.size();
  if (room != sectors * kSector || first > content.size() || room > content.size() - first || (command.frame.device & kByAddress) == 0 ||
      to_disk != ((command.header.flags & kWrite) != 0)) {
    complain("a bad transfer");
    return std::nullopt;
  }
  auto here = std::span(content).subspan(first, room);
  for (const auto part : command.data) {
    if (to_disk) std::ranges::copy(part, here.begin());
    else std::ranges::copy(here.first(part.size()), part.begin());
    here = here.subspan(part.size());
  }
  return room;
}

std::optional<std::size_t> SimulatedAhci::serve(const Command& command) {
  const Frame& frame = command.frame;
  const std::size_t features = std::size_t{frame.feature_low} | std::size_t{frame.feature_high} << 8;
  switch (frame.command) {
    case Kind::read_queued: return transfer(command, features, false);
    case Kind::write_queued: return transfer(command, features, true);
    case Kind::read: return transfer(command, frame.count, false);
    case Kind::write: return transfer(command, frame.count, true);
    case Kind::flush: ++flushes; return 0;
    case Kind::identify: {
      words[255] = 0xa5;
      std::uint8_t sum = 0;
      for (const std::uint16_t word : words) sum = static_cast<std::uint8_t>(sum + word + (word >> 8));
      words[255] = static_cast<std::uint16_t>(0xa5 | (0x100 - sum) << 8);
      std::memcpy(command.data.front().data(), words.data(), 512);
      return 512;
    }
    case Kind::trim: {
      ++trims;
      if (frame.feature_low != 1 || frame.count != 1 || command.data.size() != 1 || command.data.front().size() != 512) complain("a bad trim");
      if ((words[169] & 1) == 0) return std::nullopt;
      for (std::size_t entry = 0; entry < kTrimEntries; ++entry) {
        std::uint64_t value = 0;
        std::memcpy(&value, command.data.front().subspan(entry * 8, 8).data(), sizeof value);
        const std::uint64_t from = (value & 0xffff'ffff'ffff) * kSector, count = (value >> 48) * kSector;
        if (count == 0) continue;
        if (from > content.size() || count > content.size() - from) complain("a bad trim");
        else std::ranges::fill(std::span(content).subspan(from, count), std::byte{0xdd});
      }
      return 512;
    }
  }
  complain("a command that there is not");
  return std::nullopt;
}

}  // namespace tessera::test
