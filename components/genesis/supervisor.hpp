// SPDX-License-Identifier: Apache-2.0
// Watches over the components: starts each when all that it needs is ready, decides what happens when one ends, fails
// or faults, and does what those ask who manage the system (abi/protocols/supervisor.toml).
#pragma once

#include <abi/protocols/supervisor.hpp>
#include <span>

#include "components/genesis/alarm.hpp"
#include "components/genesis/dma_faults.hpp"
#include "components/genesis/incoming.hpp"
#include "components/genesis/life.hpp"
#include "components/genesis/storms.hpp"
#include "components/genesis/watch.hpp"
#include "lib/rt/ask.hpp"

namespace tessera::genesis {

namespace calls = protocol::supervisor;

class Supervisor {
 public:
  Supervisor(const format::Manifest& manifest, std::span<Component> components, const Surroundings& around, Handle reply)
      : manifest_(manifest), components_(components), around_(around), reply_(reply), alarm_(around.supervisor), watch_(around.supervisor), faults_(watch_) {
    watch_storms(watch_.bell(Watch::kStorm));
  }

  [[noreturn]] void run();

 private:
  using Data = std::span<const std::byte>;

  // Lives (supervisor.cpp).
  void start_what_can();
  [[nodiscard]] bool all_ready(const Component& component) const;
  // Ends it, and with it those in its address space: they wait for its next life.
  void end(Component& component);
  void end_one(Component& component);
  // False: it did not start, and a later start was planned, or it was given up.
  bool start(Component& component);
  void start_whose_pause_is_over();
  // The life is over: another one, now or later, or it is given up.
  void try_again(Component& component, std::string_view why);
  void give_up(Component& component, std::string_view why);
  [[nodiscard]] bool is_main(const Component& component) const { return component.what.name == manifest_.main; }
  [[nodiscard]] bool main_needs(const Component& component) const;
  [[nodiscard]] bool needs(const Component& component, std::string_view name, unsigned depth) const;

  // The IOMMU refused devices something: their drivers have failed.
  void handle_dma_faults();
  void note_dma_faults();
  // Interrupts came too often: so have theirs.
  void handle_storms();

  // What components say and ask (supervisor_calls.cpp). What is not answered leaves its caller waiting.
  void handle(const rt::Message& message);
  void handle(Component& from, const calls::ReadyRequest& request, Data data);
  void handle(Component& from, const calls::ExitRequest& request, Data data);
  void handle(Component& from, const calls::FailRequest& request, Data text);
  void handle(Component& from, const calls::ComplainRequest& request, Data channel);
  void handle(Component& from, const calls::DescribeRequest& request, Data data);
  void handle(Component& from, const calls::RestartRequest& request, Data name);
  void handle(Component& from, const calls::StopRequest& request, Data name);
  void handle(Component& from, const calls::StartRequest& request, Data name);
  void handle(Component& from, const calls::LoadRequest& request, Data name);
  void handle(Component& from, const calls::PartRequest& request, Data part);
  void handle(Component& from, const calls::FinishRequest& request, Data last);
  void handle(Component& from, const calls::DeviceRequest& request, Data data);
  void answer(const rt::Message& message) { (void)rt::reply(reply_, message); }
  void refuse(calls::Status status) { answer(rt::refusal(status)); }
  void answer(const Incoming::Answer& done);
  // A row of lives without failures begins.
  static void forgive(Component& component);
  // The component of that name, if `from` may manage it; else the caller is refused, and there is none.
  [[nodiscard]] Component* managed(const Component& from, Data name);

  const format::Manifest& manifest_;
  std::span<Component> components_;
  Surroundings around_;
  Handle reply_;
  Alarm alarm_;
  Incoming incoming_;
  Watch watch_;
  DmaFaults faults_;
  std::array<std::uint64_t, Channels::kMost> complained_ns_{};  // when about its other end, 0: never
};

}  // namespace tessera::genesis
