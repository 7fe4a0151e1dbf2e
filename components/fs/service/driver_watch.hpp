// SPDX-License-Identifier: Apache-2.0
// A driver that says nothing: where its device takes long, it answers a ping at once; where that gets no answer either,
// it hangs, and genesis is told.
#pragma once

#include "components/fs/service/channel_device.hpp"
#include "lib/rt/executor.hpp"
#include "lib/service/granted.hpp"

namespace tessera::fs {

// Between two looks: a driver that hangs is found within three of them.
inline constexpr std::uint64_t kDriverWatchNs = 3'000'000'000;

// Until its scope is cancelled.
rt::Task<> watch_driver(rt::Executor& executor, const ChannelDevice::Client& client, ChannelDevice& device, const service::GrantedPeer& driver);

}  // namespace tessera::fs
