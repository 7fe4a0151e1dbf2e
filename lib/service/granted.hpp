// SPDX-License-Identifier: Apache-2.0
// Channels and shared pools out of a component's grants (docs/formats.md).
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string_view>

#include "lib/ring/channel.hpp"
#include "lib/rt/objects.hpp"
#include "lib/rt/start.hpp"
#include "lib/rt/task_loop.hpp"
#include "lib/service/peer.hpp"

namespace tessera::service {

// The grants `channel.NAME`, `channel.NAME.wake` and `channel.NAME.peer`.
struct GrantedChannel {
  std::string_view name;
  std::span<std::byte> memory;
  rt::Handle wake = 0;  // the component's notification, the same for all its channels
  unsigned bit = 0;     // that this channel raises there
  rt::Handle peer = 0;

  [[nodiscard]] static std::optional<GrantedChannel> find(const rt::Start& start, std::string_view name);

  // Claims the event of this channel's doorbell in a loop that runs on `wake`. None: something else has it.
  [[nodiscard]] std::optional<unsigned> doorbell(rt::TaskLoop& loop) const;
};

// To genesis, about the peer of a channel, which it starts again; `reason`: protocol::supervisor::kComplaint*. False: not so soon
// after the last time; otherwise there is no use in saying it again.
bool complain(std::string_view channel, std::uint32_t reason);

// Rings by the notification; what becomes of the peer is logged, and genesis starts it again when it breaks the rules.
class GrantedPeer final : public Peer {
 public:
  explicit GrantedPeer(const GrantedChannel& channel) : name_(channel.name), handle_(channel.peer) {}
  void ring() override;
  void changed(PeerState state) override;
  bool complain(std::uint32_t reason) const { return service::complain(name_, reason); }

 private:
  std::string_view name_;
  rt::Handle handle_;
};

// The grants `pool.NAME` that are mapped, in the order of their names: so both ends of a channel number
// them in the same way.
class GrantedPools {
 public:
  explicit GrantedPools(const rt::Start& start);
  [[nodiscard]] std::span<const std::span<std::byte>> all() const { return std::span(pools_).first(count_); }

 private:
  std::array<std::span<std::byte>, ring::Pools::kMostShared> pools_{};
  std::size_t count_ = 0;
};

}  // namespace tessera::service
