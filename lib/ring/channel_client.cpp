// SPDX-License-Identifier: Apache-2.0
#include "lib/ring/channel_client.hpp"

#include <utility>

namespace tessera::ring {

std::expected<ChannelClient, RingError> ChannelClient::attach(std::span<std::byte> region, std::uint32_t entries) {
  const auto layout = ChannelLayout::of(region, entries);
  if (!layout) return std::unexpected(layout.error());
  return ChannelClient(*layout, entries);
}

ChannelClient::ChannelClient(const ChannelLayout& layout, std::uint32_t entries)
    : layout_(layout),
      session_(layout.submissions.header(), layout.completions.header()),
      submissions_(layout.submissions),
      completions_(layout.completions),
      slots_(entries) {
  for (std::uint32_t number = 0; number < entries; ++number) append(free_, number);
}

std::expected<void, SubmitError> ChannelClient::submit(const Request& request) {
  if (!part_of(layout_.pool, request.buffer)) return std::unexpected(SubmitError::bad_buffer);
  if (free_.first == kNone) return std::unexpected(SubmitError::full);
  const std::uint32_t number = free_.first;
  unlink(free_, number);
  Slot& slot = slots_[number];
  slot.submission = {.id = std::uint32_t{slot.generation} << 16 | number,
                     .operation = request.operation,
                     .flags = request.flags,
                     .buffer = request.buffer,
                     .arguments = request.arguments};
  slot.cookie = request.cookie;
  slot.resends = request.resends;
  slot.state = SlotState::outstanding;
  slot.sent = false;
  append(sent_, number);
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
  switch (session_.look()) {
    case Session::State::waiting: open_ = false; return;
    case Session::State::new_peer: reopen(); return;
    case Session::State::open: break;
  }
  if (open_ || broken_) return;
  open_ = true;
  must_wake_ = true;
  for (std::uint32_t number = sent_.first; number != kNone && open_; number = slots_[number].next) send(slots_[number]);
  submissions_.publish();
}

void ChannelClient::reopen() {
  open_ = broken_ = false;
  must_wake_ = true;
  session_.accept();
  submissions_ = Sender<Submission>(layout_.submissions);
  completions_ = Receiver<Completion>(layout_.completions);
  for (std::uint32_t number = sent_.first, next = kNone; number != kNone; number = next) {
    Slot& slot = slots_[number];
    next = slot.next;
    if (!std::exchange(slot.sent, false)) continue;  // no server has seen it
    if (slot.resends == 0) mark_lost(number);
    else --slot.resends;
  }
}

void ChannelClient::mark_lost(std::uint32_t number) {
  unlink(sent_, number);
  slots_[number].state = SlotState::lost;
  append(lost_, number);
}

void ChannelClient::fail_all() {
  while (sent_.first != kNone) mark_lost(sent_.first);
}

std::expected<std::optional<Answer>, RingError> ChannelClient::take() {
  follow();
  if (lost_.first != kNone) return answer_lost();
  if (broken_) return std::unexpected(RingError::bad_peer);
  if (!open_) return std::nullopt;
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

std::optional<Answer> ChannelClient::answer_lost() {
  const std::uint32_t number = lost_.first;
  unlink(lost_, number);
  const Answer answer{.cookie = slots_[number].cookie, .lost = true};
  free_slot(number);
  return answer;
}

// Once a request: its slot has another generation then.
std::optional<Answer> ChannelClient::accept_completion(const Completion& completion) {
  const std::uint32_t number = completion.id & 0xffff;
  if (number >= slots_.size() || slots_[number].state != SlotState::outstanding || slots_[number].submission.id != completion.id ||
      !slots_[number].sent) {
    ++dropped_;
    return std::nullopt;
  }
  const Slot& slot = slots_[number];
  const Answer answer{.cookie = slot.cookie,
                      .status = completion.status,
                      .bytes = std::min(completion.bytes, slot.submission.buffer.bytes),
                      .results = completion.results};
  unlink(sent_, number);
  free_slot(number);
  return answer;
}

void ChannelClient::free_slot(std::uint32_t number) {
  Slot& slot = slots_[number];
  slot.state = SlotState::free;
  ++slot.generation;
  append(free_, number);
  --outstanding_;
}

void ChannelClient::append(List& list, std::uint32_t number) {
  slots_[number].next = kNone;
  slots_[number].previous = list.last;
  (list.last == kNone ? list.first : slots_[list.last].next) = number;
  list.last = number;
}

void ChannelClient::unlink(List& list, std::uint32_t number) {
  const Slot& slot = slots_[number];
  (slot.previous == kNone ? list.first : slots_[slot.previous].next) = slot.next;
  (slot.next == kNone ? list.last : slots_[slot.next].previous) = slot.previous;
}

}  // namespace tessera::ring
