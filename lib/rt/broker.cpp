// SPDX-License-Identifier: Apache-2.0
#include "lib/rt/broker.hpp"

#include "lib/rt/ask.hpp"
#include "lib/rt/format.hpp"
#include "lib/rt/objects.hpp"

namespace tessera::rt::broker {

namespace {

namespace calls = protocol::broker;

template <typename Request>
Answer lease(const Request& request, std::string_view name = {}) {
  const auto told = ask<calls::Protocol>(objects().own().supervisor, request, std::as_bytes(std::span(name)));
  if (!told) return std::unexpected(told.error());
  return Lease{.ticket = told->results.ticket, .number = told->results.number};
}

}  // namespace

Answer request_device(std::string_view name) { return lease(calls::DeviceRequest{}, name); }
Answer allocate_memory(std::uint64_t bytes) { return lease(calls::MemoryRequest{.bytes = bytes}); }
Answer request_irq(std::string_view name) { return lease(calls::InterruptRequest{}, name); }
Answer create_channel(std::string_view peer) { return lease(calls::ChannelRequest{}, peer); }

std::string_view device_prefix(const Lease& device, std::span<char> room) {
  return device.number == 0 ? std::string_view("device") : format_to(room, "device{}", device.number);
}

std::expected<void, Status> release(const Lease& lease) {
  const auto done = ask<calls::Protocol>(objects().own().supervisor, calls::ReleaseRequest{.ticket = lease.ticket});
  if (!done) return std::unexpected(done.error());
  return {};
}

}  // namespace tessera::rt::broker
