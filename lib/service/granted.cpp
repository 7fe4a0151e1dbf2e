// SPDX-License-Identifier: Apache-2.0
#include "lib/service/granted.hpp"

#include <abi/protocols/supervisor.hpp>
#include <algorithm>

#include "lib/rt/ask.hpp"
#include "lib/rt/format.hpp"
#include "lib/rt/log.hpp"
#include "lib/rt/panic.hpp"
#include "lib/rt/system_call.hpp"

namespace tessera::service {

std::optional<GrantedChannel> GrantedChannel::find(const rt::Start& start, std::string_view name) {
  std::array<char, 64> text;
  const auto grant = [&](std::string_view what, abi::ObjectType kind) {
    return start.grant(rt::format_to(text, "channel.{}{}", name, what), kind);
  };
  const auto memory = grant("", abi::ObjectType::memory);
  const auto wake = grant(".wake", abi::ObjectType::notification), peer = grant(".peer", abi::ObjectType::notification);
  if (!memory || memory->address == 0 || !wake || wake->extra >= 64 || !peer) return std::nullopt;
  return GrantedChannel{.name = name, .memory = rt::bytes_of(*memory), .wake = wake->handle,
                        .bit = static_cast<unsigned>(wake->extra), .peer = peer->handle};
}

std::optional<unsigned> GrantedChannel::doorbell(rt::TaskLoop& loop) const {
  return loop.claim_bit(bit) ? std::optional(bit) : std::nullopt;
}

bool complain(std::string_view channel, std::uint32_t reason) {
  namespace supervisor = protocol::supervisor;
  const auto heard = rt::ask<supervisor::Protocol>(rt::objects().own().supervisor, supervisor::ComplainRequest{.reason = reason},
                                                   std::as_bytes(std::span(channel)));
  if (heard) return true;
  if (heard.error() == supervisor::Status::too_soon) return false;
  rt::log("channel {}: genesis does not start the other end again: {}", channel, supervisor::name(heard.error()));
  return true;
}

void GrantedPeer::ring() { (void)rt::notify(handle_); }

void GrantedPeer::changed(PeerState state) {
  switch (state) {
    case PeerState::none: return;
    case PeerState::open: return rt::log("channel {}: open", name_);
    case PeerState::wrong_protocol: return rt::log("channel {}: the other end speaks another protocol", name_);
    case PeerState::bad:
      rt::log("channel {}: the other end breaks the rules, and is not listened to any more", name_);
      (void)complain(protocol::supervisor::kComplaintRules);
      return;
  }
}

GrantedPools::GrantedPools(const rt::Start& start) {
  std::array<rt::Grant, ring::Pools::kMostShared> found;
  for (std::size_t i = 0; i < start.grant_count(); ++i) {
    const rt::Grant grant = start.grant_at(i);
    if (!grant.name.starts_with("pool.") || grant.kind != abi::ObjectType::memory) continue;
    if (count_ == found.size()) rt::panic("too many pools were granted");
    found.at(count_++) = grant;
  }
  std::ranges::sort(std::span(found).first(count_), {}, &rt::Grant::name);
  for (std::size_t i = 0; i < count_; ++i) {
    if (found.at(i).address == 0) rt::panic("a pool was granted that is not mapped");
    pools_.at(i) = rt::bytes_of(found.at(i));
  }
}

}  // namespace tessera::service
