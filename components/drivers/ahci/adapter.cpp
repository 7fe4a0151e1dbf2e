// SPDX-License-Identifier: Apache-2.0
#include "components/drivers/ahci/adapter.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>

namespace tessera::ahci {

using Failure = std::unexpected<std::string_view>;

namespace {

constexpr std::uint64_t kMillisecond = 1'000'000;
constexpr std::uint64_t kStopNs = 500 * kMillisecond, kResetNs = 1000 * kMillisecond, kLinkNs = 1000 * kMillisecond;
constexpr std::uint64_t kSpinUpNs = 30'000 * kMillisecond, kIdentifyNs = 10'000 * kMillisecond;

}  // namespace

// AHCI 10.6.3.
void Adapter::take_from_firmware() {
  constexpr std::uint64_t kFirstNs = 25 * kMillisecond, kBusyNs = 2000 * kMillisecond;
  if ((registers_.read(kCapabilities2At) & kCanHandOff) == 0) return;
  registers_.write(kHandoffAt, registers_.read(kHandoffAt) | kSystemOwns);
  const auto ours = [&] { return (registers_.read(kHandoffAt) & kFirmwareOwns) == 0; };
  // Firmware that does not let go is not waited for any longer: the reset takes the adapter.
  if (!wait(kFirstNs, ours) && (registers_.read(kHandoffAt) & kFirmwareBusy) != 0) (void)wait(kBusyNs, ours);
}

// AHCI 10.4.3. Afterwards it touches no memory.
Adapter::Done Adapter::reset() {
  if (gone()) return Failure("it is gone");
  take_from_firmware();
  registers_.write(kControlAt, kAhciOn);
  registers_.write(kControlAt, kAhciOn | kResetAdapter);
  if (!wait(kResetNs, [&] { return (registers_.read(kControlAt) & kResetAdapter) == 0; }) || gone()) return Failure("it does not reset");
  registers_.write(kControlAt, kAhciOn);
  const std::uint32_t capabilities = registers_.read(kCapabilitiesAt);
  if ((capabilities & kWide) == 0) return Failure("it has addresses of 32 bits only");
  slots_ = (capabilities >> 8 & 0x1f) + 1;
  has_queues_ = (capabilities & kQueues) != 0;
  return {};
}

Adapter::Done Adapter::find_port() {
  const std::uint32_t there = registers_.read(kPortsAt);
  const bool spins_up = (registers_.read(kCapabilitiesAt) & kSpinUpByDriver) != 0;
  const std::optional<unsigned> wanted = port_;
  const auto usable = [&](unsigned port) {
    return (!wanted || port == *wanted) && (there >> port & 1) != 0 && kPortAt + (port + 1) * kPortBytes <= registers_.size();
  };
  for (port_ = 0; *port_ < kMostPorts; ++*port_) {
    if (usable(*port_) && spins_up) port_write(kCommandAt, port_read(kCommandAt) | kPower | kSpinUp);
  }
  // All links train at the same time.
  (void)wait(kLinkNs, [&] {
    for (port_ = 0; *port_ < kMostPorts; ++*port_) {
      if (usable(*port_) && link_up()) return true;
    }
    return false;
  });
  for (port_ = 0; *port_ < kMostPorts; ++*port_) {
    if (!usable(*port_) || !link_up()) continue;
    const Done heard = listen();
    if (heard && port_read(kSignatureAt) == kDiskSignature) return {};
    if (const Done stopped = stop(); !stopped) return stopped;
  }
  port_ = wanted;
  return Failure(kNoDisk);
}

// AHCI 10.3.1.
Adapter::Done Adapter::stop() {
  port_write(kInterruptEnableAt, 0);
  port_write(kCommandAt, port_read(kCommandAt) & ~kStart);
  if (!wait(kStopNs, [&] { return (port_read(kCommandAt) & kRuns) == 0; })) return Failure("its port does not stop");
  port_write(kCommandAt, port_read(kCommandAt) & ~kFrames);
  if (!wait(kStopNs, [&] { return (port_read(kCommandAt) & kFramesRun) == 0; })) return Failure("its port does not stop");
  return {};
}

Adapter::Done Adapter::listen() {
  std::ranges::fill(memory_.part(0, kTablesPlace).bytes(), std::byte{0});
  port_write64(kListAt, memory_.address());
  port_write64(kFramesAt, memory_.address() + kListBytes);
  port_write(kLinkErrorsAt, ~0u);
  port_write(kCommandAt, port_read(kCommandAt) | kFrames);
  const auto idle = [&] { return (task_file() & (kBusy | kWantsData)) == 0; };
  if (!wait(kSpinUpNs, idle)) return Failure("its disk does not get ready");
  return {};
}

// AHCI 10.4.2: COMRESET, for a millisecond at least.
Adapter::Done Adapter::reset_link() {
  const std::uint32_t control = port_read(kLinkControlAt) & ~kLinkMask;
  port_write(kLinkControlAt, control | kLinkReset);
  (void)wait(2 * kMillisecond, [] { return false; });
  port_write(kLinkControlAt, control);
  if (!wait(kLinkNs, [&] { return link_up(); })) return Failure("its disk is gone");
  return {};
}

Adapter::Done Adapter::start() {
  port_write(kLinkErrorsAt, ~0u);
  port_write(kPortInterruptsAt, ~0u);
  registers_.write(kInterruptsAt, 1u << *port_);
  port_write(kCommandAt, port_read(kCommandAt) | kStart);
  return wait(kStopNs, [&] { return (port_read(kCommandAt) & kRuns) != 0; }) ? Done{} : Failure("its port does not start");
}

std::expected<Identity, std::string_view> Adapter::identify() {
  const ddk::DmaRegion place = memory_.part(kIdentityPlace, kIdentityBytes);
  const ddk::DmaRange range{.address = place.address(), .bytes = kIdentityBytes};
  prepare(0, Frame{}, std::span(&range, 1), false);
  issue(0, 1);
  const bool done = wait(kIdentifyNs, [&] { return pending() == 0 || (port_read(kPortInterruptsAt) & kTaskFailed) != 0; });
  if (!done) return Failure("its disk does not answer");
  if ((task_file() & kError) != 0 || moved_bytes(0) != kIdentityBytes) return Failure("its disk does not say what it is");
  return read_identity(place.bytes());
}

std::expected<Identity, std::string_view> Adapter::bring_up() {
  // The port first: that does not concern other ports, and takes less.
  bool ready = found_ && !gone() && stop() && reset_link() && listen();
  if (!ready) {
    if (const Done done = reset(); !done) return Failure(done.error());
    if (const Done done = find_port(); !done) return Failure(done.error());
  }
  if (const Done done = start(); !done) return Failure(done.error());
  const auto identity = identify();
  if (!identity) return identity;
  found_ = true;
  (void)take_events();
  port_write(kInterruptEnableAt, kAnswered | kLinkChanged | kBusFailed | kTaskFailed);
  registers_.write(kControlAt, kAhciOn | kInterruptsOn);
  return identity;
}

Adapter::Done Adapter::restart() {
  port_write(kCommandAt, port_read(kCommandAt) & ~kStart);
  if (!wait(kStopNs, [&] { return (port_read(kCommandAt) & kRuns) == 0; })) return Failure("its port does not stop");
  if ((task_file() & (kBusy | kWantsData)) != 0) return Failure("its disk stays busy");
  return start();
}

void Adapter::prepare(std::size_t slot, const Frame& frame, std::span<const ddk::DmaRange> data, bool to_disk) {
  const ddk::DmaRegion table = memory_.part(kTablesPlace + slot * kTableBytes, kTableBytes);
  std::memcpy(table.part(0, sizeof frame).bytes().data(), &frame, sizeof frame);
  std::size_t at = kPartsAt;
  for (const ddk::DmaRange& piece : data) {
    const Part part{.address = piece.address, .reserved = 0, .last_byte = piece.bytes - 1};
    std::memcpy(table.part(at, sizeof part).bytes().data(), &part, sizeof part);
    at += sizeof part;
  }
  Header header;
  header.flags = static_cast<std::uint16_t>(kFrameWords | (to_disk ? kWrite : 0));
  header.parts = static_cast<std::uint16_t>(data.size());
  header.table = table.address();
  std::memcpy(memory_.part(slot * sizeof header, sizeof header).bytes().data(), &header, sizeof header);
}

void Adapter::issue(std::uint32_t queued, std::uint32_t alone) {
  if (queued != 0) port_write(kActiveAt, queued);
  if ((queued | alone) != 0) port_write(kIssueAt, queued | alone);
}

std::uint32_t Adapter::take_events() {
  const std::uint32_t events = port_read(kPortInterruptsAt);
  // What caused them first, else they come again.
  if ((events & kLinkChanged) != 0) port_write(kLinkErrorsAt, ~0u);
  if (events != 0) port_write(kPortInterruptsAt, events);
  registers_.write(kInterruptsAt, 1u << *port_);
  return events;
}

std::uint32_t Adapter::moved_bytes(std::size_t slot) const {
  const auto bytes = memory_.part(slot * sizeof(Header) + offsetof(Header, done_bytes), sizeof(std::uint32_t)).bytes();
  return std::atomic_ref(*reinterpret_cast<std::uint32_t*>(&bytes.front())).load(std::memory_order_relaxed);
}

}  // namespace tessera::ahci
