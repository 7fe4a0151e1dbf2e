// SPDX-License-Identifier: Apache-2.0
#include "components/fs/service/driver_watch.hpp"

#include <abi/protocols/supervisor.hpp>

#include "lib/rt/clock.hpp"

namespace tessera::fs {

rt::Task<> watch_driver(rt::Executor& executor, const ChannelDevice::Client& client, ChannelDevice& device, const service::GrantedPeer& driver) {
  rt::Scope pings(executor);
  std::uint64_t heard = 0;
  bool asked = false, told = false;
  while (co_await executor.sleep_until(rt::now_ns() + kDriverWatchNs)) {
    // A driver that is being started again is nobody to complain about.
    const bool silent = client.outstanding() > 0 && client.answers() == heard && client.state() == service::PeerState::open;
    heard = client.answers();
    if (silent && asked && !told) told = driver.complain(protocol::supervisor::kComplaintSilent);
    // One that complained goes on waiting: its ping is answered by the driver's next life.
    if (silent && !asked) pings.spawn(device.ping());
    asked = silent;
    told = told && silent;
  }
  co_await pings.join();
}

}  // namespace tessera::fs
