// SPDX-License-Identifier: Apache-2.0
#include "lib/ring/channel_server.hpp"

#include <utility>

namespace tessera::ring {

std::expected<ChannelServer, RingError> ChannelServer::attach(std::span<std::byte> region, std::uint32_t entries,
                                                              std::uint64_t protocol,
                                                              std::span<const std::span<std::byte>> shared) {
  const auto layout = ChannelLayout::of(region, entries);
  if (!layout) return std::unexpected(layout.error());
  const auto pools = Pools::of(layout->pool, shared);
  if (!pools) return std::unexpected(pools.error());
  return ChannelServer(*layout, *pools, protocol);
}

ChannelServer::ChannelServer(const ChannelLayout& layout, const Pools& pools, std::uint64_t protocol)
    : layout_(layout),
      pools_(pools),
      session_(layout.completions.header(), layout.submissions.header(), protocol),
      submissions_(layout.submissions),
      completions_(layout.completions) {}

Session::State ChannelServer::look() {
  const Session::State state = session_.look();
  open_ = state == Session::State::open && !broken_;
  return state;
}

void ChannelServer::accept() {
  session_.accept();
  submissions_ = Receiver<Submission>(layout_.submissions);
  completions_ = Sender<Completion>(layout_.completions);
  outstanding_ = 0;
  open_ = broken_ = false;
  must_wake_ = true;
}

// A client that is starting again is no breaker of rules.
std::expected<std::optional<Work>, RingError> ChannelServer::broken() {
  open_ = false;
  if (session_.changed()) return std::nullopt;
  broken_ = true;
  return std::unexpected(RingError::bad_peer);
}

std::expected<std::optional<Work>, RingError> ChannelServer::take() {
  if (broken_ && !session_.changed()) return std::unexpected(RingError::bad_peer);
  if (!open_) return std::nullopt;
  // Of what is dropped no more than a queue holds: the client may add to it as fast as it goes.
  for (std::uint64_t left = layout_.submissions.capacity(); left > 0; --left) {
    const auto submission = submissions_.take();
    if (!submission) return broken();
    if (!*submission) break;
    const Submission& asked = **submission;
    if (asked.epoch != session_.epoch()) continue;
    const auto memory = pools_.part(asked.buffer);
    if (!memory || asked.buffer.form > Form::pieces || outstanding_ == layout_.submissions.capacity()) return broken();
    ++outstanding_;
    return Work{.ticket = {.id = asked.id, .epoch = asked.epoch},
                .operation = asked.operation,
                .flags = asked.flags,
                .buffer = asked.buffer,
                .memory = *memory,
                .arguments = asked.arguments};
  }
  return std::nullopt;
}

bool ChannelServer::idle() const { return open_ && !session_.changed() && submissions_.there() == 0; }

bool ChannelServer::read_pieces(const Work& work, PieceList& into) {
  if (!open_ || work.ticket.epoch != session_.epoch()) return false;
  if (into.read(pools_, work.buffer)) return true;
  (void)broken();
  return false;
}

bool ChannelServer::complete(Ticket ticket, const Result& result) {
  if (!open_ || ticket.epoch != session_.epoch() || outstanding_ == 0) return false;
  --outstanding_;
  const Completion completion{
      .id = ticket.id, .epoch = ticket.epoch, .status = result.status, .bytes = result.bytes, .results = result.values};
  // There is room for all that may be outstanding, unless the client's index says otherwise.
  if (completions_.put(completion).value_or(false)) return true;
  (void)broken();
  return false;
}

// The places of submissions first: who takes a completion may submit at once.
bool ChannelServer::flush() {
  submissions_.release();
  const bool asked = completions_.publish() && completions_.should_wake();
  return std::exchange(must_wake_, false) || asked;
}

}  // namespace tessera::ring
