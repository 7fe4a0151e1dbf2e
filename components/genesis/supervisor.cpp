// SPDX-License-Identifier: Apache-2.0
// When components live.
#include "components/genesis/supervisor.hpp"

#include <abi/nucleus.client.hpp>
#include <algorithm>
#include <utility>

#include "components/genesis/devices.hpp"
#include "components/genesis/fatal.hpp"
#include "lib/rt/clock.hpp"
#include "lib/rt/format.hpp"
#include "lib/rt/system_call.hpp"

namespace tessera::genesis {

namespace {

constexpr std::uint64_t kGoodLifeNs = 10'000'000'000;  // who ran this long begins a new row

// The component's own words, perhaps: who is told them gets one line without tabs.
void note(Component& component, std::string_view why) {
  component.reason_bytes = std::min(why.size(), component.reason.size());
  std::ranges::transform(why.substr(0, component.reason_bytes), component.reason.begin(),
                         [](char letter) { return letter >= ' ' && letter <= '~' ? letter : '?'; });
}

}  // namespace

bool Supervisor::needs(const Component& component, std::string_view name, unsigned depth) const {
  std::string_view lines = component.what.lines;
  while (const auto line = format::take_line(lines)) {
    if (line->key != "needs") continue;
    std::string_view rest = line->rest;
    while (const auto need = format::take_field(rest)) {
      if (*need == name) return true;
      const auto index = manifest_.find(*need);
      if (index && depth > 0 && needs(components_[*index], name, depth - 1)) return true;
    }
  }
  return false;
}

bool Supervisor::main_needs(const Component& component) const {
  const auto main = manifest_.find(manifest_.main);
  return main && needs(components_[*main], component.what.name, static_cast<unsigned>(components_.size()));
}

bool Supervisor::all_ready(const Component& component) const {
  if (!component.leader->runs() && component.follows()) return false;
  return std::ranges::all_of(components_, [&](const Component& other) {
    return other.state == State::ready || !needs(component, other.what.name, 0);
  });
}

bool Supervisor::start(Component& component) {
  if (component.follows() && !component.leader->runs()) {
    component.become(State::waiting);
    return true;
  }
  // Another try would not change it.
  if (const auto trusted = around_.trust.check(component); !trusted) {
    note(component, trusted.error());
    give_up(component, trusted.error());
    return false;
  }
  const auto done = begin_life(component, around_);
  if (!done) try_again(component, done.error());
  else if (component.followers != 0) start_what_can();
  return done.has_value();
}

void Supervisor::end_one(Component& component) {
  around_.broker.end_life(component);
  end_life(component);
}

void Supervisor::end(Component& component) {
  for (Component& other : components_) {
    if (&other == &component || other.leader != &component || !other.runs()) continue;
    end_one(other);
    other.become(State::waiting);
  }
  end_one(component);
}

void Supervisor::start_what_can() {
  for (Component& component : components_) {
    if (component.state == State::waiting && all_ready(component)) (void)start(component);
  }
}

void Supervisor::start_whose_pause_is_over() {
  const std::uint64_t now = rt::now_ns();
  for (Component& component : components_) {
    if (component.state == State::pausing && component.next_start_ns <= now) (void)start(component);
  }
  std::uint64_t next = Alarm::kNever;
  for (const Component& component : components_) {
    if (component.state == State::pausing) next = std::min(next, component.next_start_ns);
  }
  alarm_.set(next);
}

void Supervisor::give_up(Component& component, std::string_view why) {
  end(component);
  if (component.is_loaded()) {
    rt::log("{}: {}, which was brought in, was given up: {}; now {} again", component.what.name, component.program_name(), why, component.what.program);
    component.loaded.file = {};
    forgive(component);
    (void)start(component);
    return;
  }
  if (!component.fallback.empty() && !component.falls_back) {
    component.falls_back = true;
    component.restarts_in_row = 0;
    component.pacing = {};
    rt::log("{}: {} was given up: {}; now {}", component.what.name, component.what.program, why, component.what.fallback);
    (void)start(component);
    return;
  }
  if (is_main(component)) fatal("{}: {}", component.what.name, why);
  if (main_needs(component)) fatal("{}, which {} needs: {}", component.what.name, manifest_.main, why);
  rt::log("{}: given up: {}", component.what.name, why);
}

// Of a program that was brought in and never gets ready.
static constexpr std::uint64_t kRestartsOfLoaded = 2;

void Supervisor::try_again(Component& component, std::string_view why) {
  note(component, why);
  if (component.what.restart == format::RestartPolicy::never) return give_up(component, why);
  const std::uint64_t now = rt::now_ns();
  const bool was_ready = component.state == State::ready;
  if (was_ready && now - component.since_ns > kGoodLifeNs) component.restarts_in_row = 0;
  if (component.restarts_in_row >= component.what.restarts) return give_up(component, why);
  // The manifest's own program is there instead.
  if (component.is_loaded() && !was_ready && component.restarts_in_row >= kRestartsOfLoaded) return give_up(component, why);
  ++component.restarts_in_row;
  end(component);
  note_dma_faults();
  component.next_start_ns = component.pacing.next_start(now, was_ready);
  component.become(State::pausing);
  if (const std::uint64_t pause_ms = (component.next_start_ns - now) / 1'000'000; pause_ms == 0) {
    rt::log("{}: started again ({} of {}): {}", component.what.name, component.restarts_in_row, component.what.restarts, why);
  } else {
    rt::log("{}: started again ({} of {}) in {} ms: {}", component.what.name, component.restarts_in_row, component.what.restarts, pause_ms, why);
  }
  start_whose_pause_is_over();
}

// All that is known by now: what a device did in a life of its driver that is over ends no other one.
void Supervisor::note_dma_faults() {
  constexpr unsigned kMostAtOnce = 64;  // then others get their turn
  bool more = true;
  for (unsigned count = 0; more && count < kMostAtOnce; ++count) {
    const auto fault = faults_.take();
    more = fault.has_value();
    if (!fault) break;
    const auto has_it = [&](const Component& one) {
      return std::ranges::any_of(std::span(one.devices).first(one.device_count),
                                 [&](const Device& device) { return device.dma_number == fault->device; });
    };
    const auto owner = std::ranges::find_if(components_, has_it);
    if (owner == components_.end()) {
      faults_.log_strange(*fault, silence_device(static_cast<std::uint32_t>(fault->device)));
    } else if (owner->runs() && !owner->strayed) {
      owner->strayed = true;
      faults_.log(*fault, owner->what.name);
    } else {
      faults_.leave_out();
    }
  }
  if (more || std::ranges::any_of(components_, &Component::strayed)) faults_.come_again();
}

void Supervisor::handle_dma_faults() {
  note_dma_faults();
  for (Component& component : components_)
    if (std::exchange(component.strayed, false) && component.runs()) try_again(component, "its device did what it may not");
}

void Supervisor::handle_storms() {
  for (Component& component : components_) {
    const auto storm = component.runs() ? find_storm(component) : std::nullopt;
    if (!storm) continue;
    std::array<char, 64> why;
    try_again(component, rt::format_to(why, "interrupt storm: {} in {} ms", storm->count, storm->took_ns / 1'000'000));
  }
}

void Supervisor::run() {
  start_what_can();
  for (;;) {
    const auto message = rt::wait(around_.supervisor, reply_);
    if (message) {
      handle(*message);
    } else if (message.error() == abi::Error::busy) {
      // A caller that was never answered and is still there: let it go on.
      answer(rt::Message{});
    } else if (message.error() != abi::Error::cancelled) {
      fatal("the supervisor's endpoint: {}", message.error());
    }
  }
}

}  // namespace tessera::genesis
