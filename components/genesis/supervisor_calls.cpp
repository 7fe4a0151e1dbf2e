// SPDX-License-Identifier: Apache-2.0
// What components say and ask.
#include <abi/nucleus.client.hpp>
#include <algorithm>
#include <cstring>

#include "components/genesis/boot.hpp"
#include "components/genesis/device_list.hpp"
#include "components/genesis/dump.hpp"
#include "components/genesis/fatal.hpp"
#include "components/genesis/supervisor.hpp"
#include "components/genesis/tenants.hpp"
#include "lib/rt/clock.hpp"
#include "lib/rt/format.hpp"

namespace tessera::genesis {

namespace {

constexpr std::uint32_t kFaultLabel = 0x6661'7574;  // the nucleus' message of a fault
static_assert((kFaultLabel & ~rt::kOperationMask) != rt::kLabelOf<calls::Protocol> &&
              (Alarm::kLabel & ~rt::kOperationMask) != rt::kLabelOf<calls::Protocol> &&
              (Watch::kLabel & ~rt::kOperationMask) != rt::kLabelOf<calls::Protocol>);
// More than a good life: who complains without reason makes no row of restarts at whose end the peer is given up.
constexpr std::uint64_t kComplaintsApartNs = 15'000'000'000;

std::string_view text_of(std::span<const std::byte> data) { return {reinterpret_cast<const char*>(data.data()), data.size()}; }

template <typename Field>
void put_text(Field& field, std::string_view text) {
  std::ranges::copy(text.substr(0, field.size()), field.begin());
}

std::uint32_t state_number(State state) {
  switch (state) {
    case State::waiting: return calls::kStateWaiting;
    case State::starting: return calls::kStateStarting;
    case State::ready: return calls::kStateReady;
    case State::pausing: return calls::kStatePausing;
    case State::stopped: return calls::kStateStopped;
  }
  return calls::kStateStopped;
}

// What the cores cost each other.
void tell_waits() {
  if (boot().cores == 1) return;
  if (const auto info = abi::machine_info(boot().machine))
    rt::log("cores waited {} times for each other, {} us in all", info->lock_waits, info->lock_wait / 1000);
}

}  // namespace

void Supervisor::handle(Component& from, const calls::ReadyRequest&, Data) {
  if (from.state == State::starting) from.become(State::ready);
  answer(rt::Message{});
  start_what_can();
}

void Supervisor::handle(Component& from, const calls::ExitRequest& request, Data) {
  if (is_main(from)) {
    finish_audit();
    tell_waits();
    power_off(request.status);
  }
  const bool again = from.what.restart == format::RestartPolicy::always ||
                     (from.what.restart == format::RestartPolicy::on_failure && request.status != 0);
  if (again) return try_again(from, "it ended");
  rt::log("{}: ended with status {}", from.what.name, request.status);
  end(from);
}

void Supervisor::handle(Component& from, const calls::FailRequest&, Data text) {
  rt::log("{}: failed: {}", from.what.name, text_of(text));
  if (is_main(from)) fatal("{}: {}", from.what.name, text_of(text));
  try_again(from, text_of(text));
}

void Supervisor::handle(Component& from, const calls::ComplainRequest& request, Data name) {
  const auto channels = around_.channels.all();
  for (std::size_t i = 0; i < channels.size(); ++i) {
    const auto& ends = channels[i].ends;
    const auto own = std::ranges::find_if(ends, [&](const Channel::End& end) { return end.component == from.number - 1 && end.name == text_of(name); });
    if (own == ends.end()) continue;
    Component& peer = components_[own == ends.begin() ? ends.back().component : ends.front().component];
    const std::uint64_t now = rt::now_ns();
    if (is_main(peer) || !peer.runs()) return refuse(calls::Status::invalid);
    if (complained_ns_[i] != 0 && now - complained_ns_[i] < kComplaintsApartNs) return refuse(calls::Status::too_soon);
    complained_ns_[i] = now;
    answer(rt::Message{});
    std::array<char, 64> why;
    return try_again(peer, rt::format_to(why, "{} says that it {}", from.what.name,
                                         request.reason == calls::kComplaintSilent ? "does not answer" : "breaks the rules"));
  }
  refuse(calls::Status::not_found);
}

void Supervisor::handle(Component& from, const calls::DescribeRequest& request, Data) {
  if (!from.is_granted("manage")) return refuse(calls::Status::denied);
  if (request.index >= components_.size()) return refuse(calls::Status::not_found);
  const Component& one = components_[request.index];
  calls::Component told{.state = state_number(one.state),
                        .kind = one.what.kind == format::ComponentKind::linux ? 1u : 0u,
                        .lives = one.lives,
                        .since = one.since_ns,
                        .memory = one.memory_bytes()};
  put_text(told.name, one.what.name);
  put_text(told.program, one.program_name());
  put_text(told.reason, {one.reason.data(), one.reason_bytes});
  answer(rt::answer_to<calls::DescribeRequest>({}, std::as_bytes(std::span(&told, 1))));
}

void Supervisor::handle(Component& from, const calls::DeviceRequest& request, Data) {
  if (!from.is_granted("manage")) return refuse(calls::Status::denied);
  const auto found = DeviceList::find(request.index);
  if (!found) return refuse(calls::Status::not_found);
  calls::Device told{.place = found->place.address,
                     .bus = static_cast<std::uint32_t>(found->place.in_tree ? calls::kBusTree : calls::kBusPci),
                     .class_code = found->class_code,
                     .vendor = found->function.vendor,
                     .device = found->function.device};
  put_text(told.compatible, found->compatible);
  if (const Component* owner = device_list().owner(found->place)) put_text(told.component, owner->what.name);
  answer(rt::answer_to<calls::DeviceRequest>({}, std::as_bytes(std::span(&told, 1))));
}

Component* Supervisor::managed(const Component& from, Data name) {
  if (!from.is_granted("manage")) {
    refuse(calls::Status::denied);
    return nullptr;
  }
  const auto found = std::ranges::find(components_, text_of(name), [](const Component& one) { return one.what.name; });
  if (found == components_.end()) {
    refuse(calls::Status::not_found);
    return nullptr;
  }
  // Who asks would not get its answer.
  if (is_main(*found) || &*found == &from) {
    refuse(calls::Status::invalid);
    return nullptr;
  }
  return &*found;
}

void Supervisor::handle(Component& from, const calls::RestartRequest&, Data name) {
  Component* component = managed(from, name);
  if (component == nullptr) return;
  if (!component->runs() && component->state != State::pausing) return refuse(calls::Status::invalid);
  rt::log("{}: started again, as {} asks", component->what.name, from.what.name);
  end(*component);
  if (!start(*component)) return refuse(calls::Status::failed);
  answer(rt::Message{});
}

void Supervisor::handle(Component& from, const calls::StopRequest&, Data name) {
  Component* component = managed(from, name);
  if (component == nullptr) return;
  if (component->state == State::stopped) return refuse(calls::Status::invalid);
  rt::log("{}: stopped, as {} asks", component->what.name, from.what.name);
  end(*component);
  answer(rt::Message{});
}

void Supervisor::handle(Component& from, const calls::StartRequest&, Data name) {
  Component* component = managed(from, name);
  if (component == nullptr) return;
  if (component->state != State::stopped) return refuse(calls::Status::invalid);
  rt::log("{}: started, as {} asks", component->what.name, from.what.name);
  forgive(*component);
  if (!start(*component)) return refuse(calls::Status::failed);
  answer(rt::Message{});
}

void Supervisor::forgive(Component& component) {
  component.restarts_in_row = 0;
  component.falls_back = false;
  component.pacing = {};
}

void Supervisor::answer(const Incoming::Answer& done) {
  if (done) answer(rt::Message{});
  else refuse(done.error());
}

void Supervisor::handle(Component& from, const calls::LoadRequest& request, Data name) {
  if (Component* component = managed(from, name)) answer(incoming_.begin(*component, request.bytes));
}

void Supervisor::handle(Component& from, const calls::PartRequest&, Data part) {
  if (!from.is_granted("manage")) return refuse(calls::Status::denied);
  answer(incoming_.add(part));
}

void Supervisor::handle(Component& from, const calls::FinishRequest&, Data last) {
  if (!from.is_granted("manage")) return refuse(calls::Status::denied);
  const auto loaded = incoming_.finish(last, around_.trust);
  if (!loaded) {
    rt::log("a program that {} brings is refused: {}", from.what.name, calls::name(loaded.error()));
    return refuse(loaded.error());
  }
  Component& component = **loaded;
  rt::log("{}: its program is {} of {} bytes now, as {} asks", component.what.name, component.program_name(), component.loaded.file.size(), from.what.name);
  forgive(component);
  if (component.state != State::waiting) {
    end(component);
    if (!start(component)) return refuse(calls::Status::failed);
  }
  answer(rt::Message{});
}

void Supervisor::handle(const rt::Message& message) {
  if (message.badge == 0 && message.label == Alarm::kLabel) return start_whose_pause_is_over();
  if (message.badge == 0 && message.label == Watch::kLabel) {
    if ((message.words[0] & Watch::kDmaFault) != 0) handle_dma_faults();
    if ((message.words[0] & Watch::kStorm) != 0) handle_storms();
    return;
  }
  if (message.badge == 0 || message.badge > components_.size()) return;
  Component& from = components_[message.badge - 1];
  if (message.label == kFaultLabel) {
    dump_fault(from, message);
    // What it did to the memory of others before, nobody knows.
    return try_again(*from.leader, from.follows() ? "one in its address space faulted" : "it faulted");
  }
  std::array<std::byte, rt::kMostAskBytes> room;
  const auto request = rt::asked<calls::Protocol>(message, room);
  const bool known = request && calls::Protocol::decode(request->operation, request->words,
                                                        [&](const auto& typed) { handle(from, typed, request->data); });
  if (known) return;
  if (const auto answered = around_.broker.answer(from, message)) return answer(*answered);
  rt::log("{}: sent a message that genesis does not know ({})", from.what.name, message.label);
  answer({.label = rt::kUnknownLabel});
}

}  // namespace tessera::genesis
