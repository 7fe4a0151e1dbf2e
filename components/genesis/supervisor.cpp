// SPDX-License-Identifier: Apache-2.0
#include "components/genesis/supervisor.hpp"

#include <abi/nucleus.client.hpp>
#include <abi/start.hpp>
#include <algorithm>
#include <cstring>

#include "components/genesis/boot.hpp"
#include "components/genesis/dump.hpp"
#include "components/genesis/fatal.hpp"
#include "components/genesis/tenants.hpp"
#include "lib/rt/clock.hpp"
#include "lib/rt/system_call.hpp"
#include "lib/rt/thread_block.hpp"

namespace tessera::genesis {

namespace {

constexpr std::uint32_t kFaultLabel = 0x6661'7574;           // the nucleus' message of a fault
constexpr std::uint64_t kGoodLifeNs = 10'000'000'000;        // who ran this long begins a new row
constexpr std::size_t kMostFailText = 448;

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
  return std::ranges::all_of(components_, [&](const Component& other) {
    return other.state == State::ready || !needs(component, other.what.name, 0);
  });
}

void Supervisor::start(Component& component) {
  if (const auto done = begin_life(component, around_); !done) try_again(component, done.error());
}

void Supervisor::start_what_can() {
  for (Component& component : components_) {
    if (component.state == State::waiting && all_ready(component)) start(component);
  }
}

void Supervisor::give_up(Component& component, std::string_view why) {
  end_life(component);
  if (is_main(component)) fatal("{}: {}", component.what.name, why);
  if (main_needs(component)) fatal("{}, which {} needs: {}", component.what.name, manifest_.main, why);
  rt::log("{}: given up: {}", component.what.name, why);
}

void Supervisor::try_again(Component& component, std::string_view why) {
  // A loop, not a recursion: starting may fail as well.
  for (;;) {
    if (component.what.restart == format::RestartPolicy::never) return give_up(component, why);
    if (rt::now_ns() - component.started_ns > kGoodLifeNs) component.restarts_in_row = 0;
    if (component.restarts_in_row >= component.what.restarts) return give_up(component, why);
    ++component.restarts_in_row;
    end_life(component);
    rt::log("{}: started again ({} of {}): {}", component.what.name, component.restarts_in_row, component.what.restarts, why);
    const auto done = begin_life(component, around_);
    if (done) return;
    why = done.error();
  }
}

// What the cores cost each other.
static void tell_waits() {
  if (boot().cores == 1) return;
  if (const auto info = abi::machine_info(boot().machine))
    rt::log("cores waited {} times for each other, {} us in all", info->lock_waits, info->lock_wait / 1000);
}

void Supervisor::ended(Component& component, std::uint64_t status) {
  if (is_main(component)) {
    finish_audit();
    tell_waits();
    power_off(status);
  }
  const bool again = component.what.restart == format::RestartPolicy::always ||
                     (component.what.restart == format::RestartPolicy::on_failure && status != 0);
  if (again) return try_again(component, "it ended");
  rt::log("{}: ended with status {}", component.what.name, status);
  end_life(component);
}

void Supervisor::failed(Component& component, const rt::Message& message) {
  std::array<char, kMostFailText> buffer{};
  const std::size_t bytes = std::min<std::uint64_t>(message.words.front(), buffer.size());
  if (message.word_count * 8 >= bytes + abi::kRegisterWords * 8) {
    std::memcpy(buffer.data(), std::span(rt::current().message_page->words).subspan(abi::kRegisterWords).data(), bytes);
  }
  const std::string_view text(buffer.data(), bytes);
  rt::log("{}: failed: {}", component.what.name, text);
  if (is_main(component)) fatal("{}: {}", component.what.name, text);
  try_again(component, "it failed");
}

void Supervisor::handle(const rt::Message& message) {
  if (message.badge == 0 || message.badge > components_.size()) return;
  Component& component = components_[message.badge - 1];
  switch (message.label) {
    case abi::kSupervisorReady:
      if (component.state == State::starting) component.state = State::ready;
      (void)rt::reply(reply_, {});
      start_what_can();
      break;
    case abi::kSupervisorExit: ended(component, message.words.front()); break;
    case abi::kSupervisorFail: failed(component, message); break;
    case kFaultLabel:
      dump_fault(component, message);
      try_again(component, "it faulted");
      break;
    default:
      rt::log("{}: sent a message that genesis does not know ({})", component.what.name, message.label);
      (void)rt::reply(reply_, {.label = ~std::uint32_t{0}});
      break;
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
      (void)rt::reply(reply_, {});
    } else if (message.error() != abi::Error::cancelled) {
      fatal("the supervisor's endpoint: {}", message.error());
    }
  }
}

}  // namespace tessera::genesis
