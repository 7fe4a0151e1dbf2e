// SPDX-License-Identifier: Apache-2.0
// The other side of rings.cpp: takes what comes through the queue until the last, then serves the channel.
#include "components/bench/ring_bench.hpp"
#include "lib/ring/channel_server.hpp"
#include "lib/rt/component.hpp"

namespace tessera::bench {
namespace {

void take_messages(const Ends& ends) {
  ring::Receiver<Item> receiver(kept(ring::Queue<Item>::over(ends.memory, kQueueEntries)));
  for (std::uint64_t expected = 0;;) {
    const auto items = kept(receiver.peek(kQueueEntries));
    for (const auto& item : items) {
      const Item copy = item.load();
      if (copy.number != expected++) rt::panic("a message came out of order");
      if (copy.last != 0) return;
    }
    receiver.taken(items.size());
    receiver.release();
    if (!items.empty()) {
      ends.wake(receiver.should_wake());
      continue;
    }
    receiver.prepare_sleep();
    if (kept(receiver.fresh()) == 0) ends.wait();
    receiver.awake();
  }
}

ring::Result answer_to(const ring::Work& work) {
  if (work.operation == kEcho) return {.values = {work.arguments.front() + 1}};
  std::uint64_t sum = 0;
  for (const auto& word : ring::shared_in<std::uint64_t>(work.memory, work.memory.size() / 8)) sum += word.load();
  return {.bytes = static_cast<std::uint32_t>(work.memory.size()), .values = {sum}};
}

[[noreturn]] void serve(const Ends& ends) {
  auto attached = ring::ChannelServer::attach(ends.memory, kChannelEntries, kChannelProtocol);
  if (!attached) rt::panic("the channel's memory cannot be used");
  ring::ChannelServer& server = *attached;
  const auto serve_all = [&] {
    bool any = server.look() == ring::Session::State::new_peer;
    if (any) server.accept();
    while (const auto work = kept(server.take())) {
      server.complete(work->ticket, answer_to(*work));
      any = true;
    }
    ends.wake(server.flush());
    return any;
  };
  for (;;) {
    if (serve_all()) continue;
    server.prepare_sleep();
    if (!serve_all()) ends.wait();
    server.awake();
  }
}

}  // namespace
}  // namespace tessera::bench

int component_main(const tessera::rt::Start& start) {
  using namespace tessera::bench;
  start.ready();
  take_messages(Ends::of(start, "queue"));
  serve(Ends::of(start, "requests"));
}
