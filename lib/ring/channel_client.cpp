// SPDX-License-Identifier: Apache-2.0
#include "lib/ring/channel_client.hpp"

#include <algorithm>
#include <utility>

namespace tessera::ring {

std::expected<ChannelClient, RingError> ChannelClient::attach(std::span<std::byte> region, std::uint32_t entries,
                                                              std::uint64_t protocol,
                                                              std::span<const std::span<std::byte>> shared) {
  const auto layout = ChannelLayout::of(region, entries);
  if (!layout) return std::unexpected(layout.error());
  const auto pools = Pools::of(layout->pool, shared);
  if (!pools) return std::unexpected(pools.error());
  return ChannelClient(*layout, *pools, entries, protocol);
}

ChannelClient::ChannelClient(const ChannelLayout& layout, const Pools& pools, std::uint32_t entries, std::uint64_t protocol)
    : layout_(layout),
      pools_(pools),
      session_(layout.submissions.header(), layout.completions.header(), protocol),
      submissions_(layout.submissions),
      completions_(layout.completions),
      slots_(entries) {
  free_.reserve(entries);
  again_.reserve(entries);
  for (std::uint32_t number = entries; number > 0; --number) free_.push_back(static_cast<std::uint16_t>(number - 1));
}

std::expected<void, SubmitError> ChannelClient::submit(const Request& request) {
  if (!pools_.part(request.buffer)) return std::unexpected(SubmitError::bad_buffer);
  if (free_.empty()) return std::unexpected(SubmitError::full);
  const std::uint16_t place = free_.back();
  free_.pop_back();
  Slot& slot = slots_[place];
  slot.submission.id = std::uint32_t{slot.generation} << 16 | place;
  slot.submission.operation = request.operation;
  slot.submission.flags = request.flags;
  slot.submission.buffer = request.buffer;
  slot.submission.arguments = request.arguments;
  slot.data_bytes = request.buffer.form == Form::direct ? request.buffer.bytes : request.data_bytes;
  slot.cookie = request.cookie;
  slot.number = submitted_++;
  slot.resends = request.resends;
  slot.state = SlotState::outstanding;
  slot.sent = false;
  ++outstanding_;
  if (open_) send(slot);
  return {};
}

void ChannelClient::send(Slot& slot) {
  slot.submission.epoch = session_.epoch();
  slot.sent = true;
  // There is room for all that may be outstanding, unless the server's index says otherwise.
  if (!submissions_.put(slot.submission).value_or(false)) (void)broken();
}

bool ChannelClient::flush() {
  completions_.release();
  const bool asked = submissions_.publish() && submissions_.should_wake();
  return std::exchange(must_wake_, false) || asked;
}

// A server that is starting again is no breaker of rules; nor is it one to talk to yet.
RingError ChannelClient::broken() {
  open_ = false;
  if (!session_.changed()) broken_ = true;
  return RingError::bad_peer;
}

void ChannelClient::follow() {
  const Session::State state = session_.look();
  wrong_protocol_ = state == Session::State::wrong_protocol;
  switch (state) {
    case Session::State::waiting:
    case Session::State::wrong_protocol: open_ = false; return;
    case Session::State::new_peer: reopen(); return;
    case Session::State::open: break;
  }
  if (open_ || broken_) return;
  open_ = true;
  must_wake_ = true;
  ++sessions_;
  again_.clear();
  for (std::size_t place = 0; place < slots_.size(); ++place) {
    if (slots_[place].state == SlotState::outstanding) again_.push_back(static_cast<std::uint16_t>(place));
  }
  std::ranges::sort(again_, [this](std::uint16_t a, std::uint16_t b) { return slots_[a].number < slots_[b].number; });
  for (const std::uint16_t place : again_) {
    if (open_) send(slots_[place]);
  }
  submissions_.publish();
}

void ChannelClient::reopen() {
  open_ = broken_ = false;
  must_wake_ = true;
  session_.accept();
  submissions_ = Sender<Submission>(layout_.submissions);
  completions_ = Receiver<Completion>(layout_.completions);
  for (Slot& slot : slots_) {
    if (slot.state != SlotState::outstanding || !std::exchange(slot.sent, false)) continue;
    if (slot.resends == 0) mark_lost(slot);
    else --slot.resends;
  }
}

void ChannelClient::mark_lost(Slot& slot) {
  slot.state = SlotState::lost;
  ++lost_;
  first_lost_ = 0;
}

void ChannelClient::fail_all() {
  for (Slot& slot : slots_) {
    if (slot.state == SlotState::outstanding) mark_lost(slot);
  }
}

std::expected<std::optional<Answer>, RingError> ChannelClient::take() {
  // Completions that were seen already are of this session, whatever became of the server since.
  if (!open_ || lost_ > 0 || completions_.known() == 0) {
    follow();
    if (lost_ > 0) return answer_lost();
    if (wrong_protocol_) return std::unexpected(RingError::wrong_protocol);
    if (broken_) return std::unexpected(RingError::bad_peer);
    if (!open_) return std::nullopt;
  }
  // What is dropped is not waited for, nor are more dropped than a queue holds: the server may add
  // to them as fast as they go.
  for (std::uint64_t left = layout_.completions.capacity(); left > 0; --left) {
    const auto completion = completions_.take();
    if (!completion) {
      const RingError error = broken();
      if (!broken_) return std::nullopt;
      return std::unexpected(error);
    }
    if (!*completion) break;
    if ((*completion)->epoch != session_.epoch()) {
      ++dropped_;
      continue;
    }
    if (auto answer = accept_completion(**completion)) return answer;
  }
  completions_.release();
  return std::nullopt;
}

bool ChannelClient::idle() const { return open_ && lost_ == 0 && !session_.changed() && completions_.there() == 0; }

Answer ChannelClient::answer_lost() {
  while (slots_[first_lost_].state != SlotState::lost) ++first_lost_;
  Slot& slot = slots_[first_lost_];
  --lost_;
  const Answer answer{.cookie = slot.cookie, .lost = true};
  free_slot(slot);
  return answer;
}

// Once a request: its slot has another generation then.
std::optional<Answer> ChannelClient::accept_completion(const Completion& completion) {
  const std::uint32_t place = completion.id & 0xffff;
  Slot* const slot = place < slots_.size() ? &slots_[place] : nullptr;
  if (slot == nullptr || slot->state != SlotState::outstanding || slot->submission.id != completion.id || !slot->sent) {
    ++dropped_;
    return std::nullopt;
  }
  const Answer answer{.cookie = slot->cookie,
                      .status = completion.status,
                      .bytes = std::min(completion.bytes, slot->data_bytes),
                      .results = completion.results};
  free_slot(*slot);
  return answer;
}

void ChannelClient::free_slot(Slot& slot) {
  slot.state = SlotState::free;
  ++slot.generation;
  --outstanding_;
  free_.push_back(static_cast<std::uint16_t>(slot.submission.id));
}

}  // namespace tessera::ring
