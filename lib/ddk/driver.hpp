// SPDX-License-Identifier: Apache-2.0
// A driver's program: one device, one channel over which a client is served.
//
//   int component_main(const rt::Start& start) { return ddk::run_driver<block::Protocol, MyDriver>(start, "block"); }
//
// MyDriver has
//   std::expected<void, std::string_view> init(ddk::Driver& at);  the device up, reset first of all: it may still be at work
//                                                                for the last life. An error ends the program.
//   void serve(rt::Scope& tasks);                                its own tasks, spawned
//   handle(...)                                                  for each request of the protocol (lib/service/server.hpp)
//
// There is no step at the end: a driver may end at any moment, by rt::panic() when its device is hopeless. What was not
// answered then comes again to its next life, and genesis stops the device in between.
#pragma once

#include <expected>
#include <string_view>

#include "lib/ddk/dma_pools.hpp"
#include "lib/ddk/interrupt.hpp"
#include "lib/ddk/request_queue.hpp"
#include "lib/rt/executor.hpp"
#include "lib/rt/panic.hpp"
#include "lib/service/granted.hpp"
#include "lib/service/server.hpp"

namespace tessera::ddk {

// The tasks that requests need; where nothing interrupts, its device is looked at every millisecond. The program
// ends when the device was given up.
void attend_to(rt::Scope& tasks, RequestSlots& requests, const DeviceInterrupt& interrupt);

// What a driver finds around it.
class Driver {
 public:
  Driver(const rt::Start& start, const service::GrantedChannel& channel, rt::Executor& executor, const DmaPools& pools)
      : start_(start), channel_(channel), executor_(executor), pools_(pools) {}

  [[nodiscard]] const rt::Start& start() const { return start_; }
  [[nodiscard]] rt::Executor& executor() const { return executor_; }
  // What requests point into.
  [[nodiscard]] const DmaPools& pools() const { return pools_; }
  // A number of the configuration. Panics when it is none.
  [[nodiscard]] std::uint64_t number(std::string_view key, std::uint64_t otherwise) const;
  // As they are by default, with the runtime's clock and log, and `answer-ms` of the configuration.
  [[nodiscard]] Conditions conditions() const;
  // The channel's own memory, which its client writes to as well.
  [[nodiscard]] std::span<std::byte> channel() const { return channel_.memory; }
  // The device's own memory, the grant `dma`.
  [[nodiscard]] std::optional<DmaRegion> memory() const;
  // The grant `device.interrupt` as an event; what the device must be told is in `message`.
  // `most`: the same of those that follow.
  [[nodiscard]] DeviceInterrupt interrupt(std::size_t most = 1) const;

 private:
  const rt::Start& start_;
  const service::GrantedChannel& channel_;
  rt::Executor& executor_;
  const DmaPools& pools_;
};

// The channel of that name, or that the configuration `channel` names. Panics when it is not there.
[[nodiscard]] service::GrantedChannel driver_channel(const rt::Start& start, std::string_view name);

namespace detail {
template <typename D>
rt::Task<> serve(rt::Executor& executor, D& driver, service::ServerEnd& server, const rt::Start& start) {
  rt::Scope scope(executor);
  driver.serve(scope);
  scope.spawn(server.run());
  start.ready();
  co_await scope.join();
}
}  // namespace detail

template <typename Protocol, typename D>
int run_driver(const rt::Start& start, std::string_view name) {
  const service::GrantedChannel channel = driver_channel(start, name);
  const service::GrantedPools shared(start);
  rt::Executor executor(channel.wake);
  const auto doorbell = channel.doorbell(executor);
  const auto layout = ring::ChannelLayout::of(channel.memory, Protocol::kEntries);
  if (!doorbell || !layout) rt::panic("the channel's memory cannot be used");
  const DmaPools pools = DmaPools::of(start, channel.name, layout->pool, shared.all());
  D driver;
  Driver around(start, channel, executor, pools);
  if (const auto done = driver.init(around); !done) rt::panic(done.error());
  // Only now does the client see a driver.
  auto server = ring::ChannelServer::attach(channel.memory, Protocol::kEntries, Protocol::kHash, shared.all());
  if (!server) rt::panic("the channel's memory cannot be used");
  service::GrantedPeer peer(channel);
  service::Server<Protocol, D> end(executor, std::move(*server), peer, *doorbell, driver);
  executor.run(detail::serve(executor, driver, end, start));
  return 0;
}

}  // namespace tessera::ddk
