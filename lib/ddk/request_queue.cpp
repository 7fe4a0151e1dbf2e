// SPDX-License-Identifier: Apache-2.0
#include "lib/ddk/request_queue.hpp"

#include <algorithm>

namespace tessera::ddk {

std::expected<void, std::string_view> RequestQueue::begin() {
  const auto queue = start_.bring_up();
  if (!queue) return std::unexpected(queue.error());
  queue_ = *queue;
  return {};
}

rt::Task<RequestQueue::End> RequestQueue::run(DeviceRequest& request) {
  for (unsigned attempts = 0; attempts < conditions_.attempts; ++attempts) {
    if (const auto end = co_await attempt(request)) co_return *end;
  }
  co_return End::exhausted;
}

rt::Task<std::optional<RequestQueue::End>> RequestQueue::attempt(DeviceRequest& request) {
  Slot* slot = nullptr;
  while ((slot = failed_ ? nullptr : offer(request)) == nullptr) {
    if (!co_await room_.wait()) co_return End::cancelled;
  }
  while (slot->state == State::under_way) {
    if (!co_await slot->ended.wait()) co_return End::cancelled;
  }
  std::optional<End> end;
  if (slot->state == State::answered) {
    if (request.answered(own(number_of(*slot)), slot->written)) {
      resets_in_row_ = 0;
      end = End::answered;
    } else {
      recover("it broke the rules");
    }
  }
  slot->state = State::free;
  room_.raise();
  co_return end;
}

RequestQueue::Slot* RequestQueue::offer(DeviceRequest& request) {
  const auto slot = std::ranges::find(slots_, State::free, &Slot::state);
  if (slot == slots_.end()) return nullptr;
  const std::size_t number = number_of(*slot);
  if (!queue_.offer(static_cast<std::uint16_t>(number), request.parts(own(number)))) return nullptr;
  slot->state = State::under_way;
  slot->deadline_ns = conditions_.now_ns() + conditions_.answer_ns;
  offered_.raise();
  busy_.raise();
  return &*slot;
}

bool RequestQueue::drain() {
  for (;;) {
    const auto used = queue_.take();
    if (!used) return false;
    if (!*used) return true;
    Slot& slot = slots_.at((*used)->token);
    slot.written = (*used)->bytes;
    slot.state = State::answered;
    slot.ended.raise();
  }
}

rt::Task<> RequestQueue::attend(unsigned bit) {
  for (;;) {
    bool good = drain();
    if (good) {
      queue_.set_interrupts(true);
      good = drain();
    }
    if (!good && !failed_) recover("it broke the rules");
    if (!co_await loop_.event(bit)) co_return;
    queue_.set_interrupts(false);
  }
}

rt::Task<> RequestQueue::tell() {
  while (co_await offered_.wait()) {
    if (!failed_ && queue_.wants_notice()) device_.tell(number_);
  }
}

rt::Task<> RequestQueue::watch() {
  const std::uint64_t step = std::clamp<std::uint64_t>(conditions_.answer_ns / 8, 1, 1'000'000'000);
  for (;;) {
    if (queue_.outstanding() == 0 && !co_await busy_.wait()) co_return;
    if (!co_await loop_.sleep_until(conditions_.now_ns() + step)) co_return;
    if (failed_ || queue_.outstanding() == 0) continue;
    const std::uint64_t now = conditions_.now_ns();
    const bool late = std::ranges::any_of(slots_, [&](const Slot& slot) { return slot.state == State::under_way && slot.deadline_ns <= now; });
    if (device_.needs_reset()) recover("it says that it needs a reset");
    else if (late) recover("it did not answer in time");
  }
}

// Everything that the device had is asked again, by its own task.
void RequestQueue::recover(std::string_view why) {
  if (failed_) return;
  if (++resets_in_row_ > conditions_.resets) return give_up("it was reset too often without being done with anything");
  conditions_.note(why);
  const auto queue = start_.bring_up();
  if (!queue) return give_up(queue.error());
  queue_ = *queue;
  for (Slot& slot : slots_) {
    if (slot.state != State::under_way) continue;
    slot.state = State::again;
    slot.ended.raise();
  }
  room_.raise();
}

void RequestQueue::give_up(std::string_view why) {
  conditions_.note(why);
  failed_ = true;
  failure_.raise();
}

}  // namespace tessera::ddk
