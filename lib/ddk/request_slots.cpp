// SPDX-License-Identifier: Apache-2.0
#include "lib/ddk/request_slots.hpp"

#include <algorithm>

namespace tessera::ddk {

rt::Task<RequestSlots::End> RequestSlots::run(SlotRequest& request) {
  for (unsigned attempts = 0; attempts < conditions_.attempts; ++attempts) {
    if (const auto end = co_await attempt(request)) co_return *end;
  }
  co_return End::exhausted;
}

rt::Task<std::optional<RequestSlots::End>> RequestSlots::attempt(SlotRequest& request) {
  Slot* slot = nullptr;
  while ((slot = failed_ ? nullptr : offer(request)) == nullptr) {
    if (!co_await room_.wait()) co_return End::cancelled;
  }
  while (slot->state == State::under_way) {
    if (!co_await slot->ended.wait()) co_return End::cancelled;
  }
  std::optional<End> end;
  if (slot->state == State::answered) {
    if (request.done(number_of(*slot), slot->said)) {
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

RequestSlots::Slot* RequestSlots::offer(SlotRequest& request) {
  const auto slot = std::ranges::find(slots_, State::free, &Slot::state);
  if (slot == slots_.end() || !request.offer(number_of(*slot))) return nullptr;
  slot->state = State::under_way;
  ++under_way_;
  slot->deadline_ns = conditions_.now_ns() + conditions_.answer_ns;
  offered_.raise();
  busy_.raise();
  return &*slot;
}

std::expected<bool, std::string_view> RequestSlots::drain() {
  for (bool any = false;; any = true) {
    const auto answer = device_.take();
    if (!answer) return std::unexpected(answer.error());
    if (!*answer) return any;
    Slot& slot = slots_.at((*answer)->slot);
    if (slot.state != State::under_way) return std::unexpected("it answered what nobody asked");
    slot.said = (*answer)->said;
    slot.state = State::answered;
    --under_way_;
    slot.ended.raise();
  }
}

rt::Task<> RequestSlots::attend(unsigned bit) {
  for (;;) {
    auto taken = drain();
    // What comes while they are asked for may come without one. Then they are asked for anew: a device with an event
    // index interrupts for the next answer behind the last that was taken, and for no later one.
    for (bool more = taken.has_value(); more; more = taken && *taken) {
      device_.set_interrupts(true);
      taken = drain();
    }
    if (!taken && !failed_) recover(taken.error());
    if (!co_await loop_.event(bit)) co_return;
    device_.set_interrupts(false);
  }
}

rt::Task<> RequestSlots::tell() {
  while (co_await offered_.wait()) {
    if (!failed_) device_.announce();
  }
}

rt::Task<> RequestSlots::watch() {
  const std::uint64_t step = std::clamp<std::uint64_t>(conditions_.answer_ns / 8, 1, 1'000'000'000);
  for (;;) {
    if (under_way_ == 0 && !co_await busy_.wait()) co_return;
    if (!co_await loop_.sleep_until(conditions_.now_ns() + step)) co_return;
    if (failed_ || under_way_ == 0) continue;
    const std::uint64_t now = conditions_.now_ns();
    const bool late = std::ranges::any_of(slots_, [&](const Slot& slot) { return slot.state == State::under_way && slot.deadline_ns <= now; });
    if (device_.needs_reset()) recover("it says that it needs a reset");
    else if (late) recover("it did not answer in time");
  }
}

// Everything that the device had is asked again, by its own task.
void RequestSlots::recover(std::string_view why) {
  if (failed_) return;
  if (++resets_in_row_ > conditions_.resets) return give_up("it was reset too often without being done with anything");
  conditions_.note(why);
  if (const auto up = device_.bring_up(); !up) return give_up(up.error());
  for (Slot& slot : slots_) {
    if (slot.state != State::under_way) continue;
    slot.state = State::again;
    slot.ended.raise();
  }
  under_way_ = 0;
  room_.raise();
}

void RequestSlots::give_up(std::string_view why) {
  conditions_.note(why);
  failed_ = true;
  failure_.raise();
}

}  // namespace tessera::ddk
