// SPDX-License-Identifier: Apache-2.0
// The other side of rings.cpp: takes what comes through the queue until the last, then serves the channels.
#include <abi/protocols/block.hpp>

#include "components/bench/ring_bench.hpp"
#include "lib/ring/channel_server.hpp"
#include "lib/rt/component.hpp"
#include "lib/rt/executor.hpp"
#include "lib/service/granted.hpp"
#include "lib/service/server.hpp"

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
  if (work.operation != kSum) return {.values = {work.arguments.front() + 1}};
  std::uint64_t sum = 0;
  for (const auto& word : ring::shared_in<std::uint64_t>(work.memory, work.memory.size() / 8)) sum += word.load();
  return {.bytes = static_cast<std::uint32_t>(work.memory.size()), .values = {sum}};
}

// Until it is told that this was all.
void serve(const Ends& ends) {
  auto attached = ring::ChannelServer::attach(ends.memory, kChannelEntries, kChannelProtocol);
  if (!attached) rt::panic("the channel's memory cannot be used");
  ring::ChannelServer& server = *attached;
  bool end = false;
  const auto serve_all = [&] {
    bool any = server.look() == ring::Session::State::new_peer;
    if (any) server.accept();
    while (const auto work = kept(server.take())) {
      server.complete(work->ticket, answer_to(*work));
      end = end || work->operation == kEnd;
      any = true;
    }
    ends.wake(server.flush());
    return any;
  };
  for (;;) {
    if (serve_all()) continue;
    if (end) return;
    server.prepare_sleep();
    if (!serve_all()) ends.wait();
    server.awake();
  }
}

// Answers all requests of a protocol.
struct Handler {
  template <ring::TypedRequest R>
  rt::Task<service::Outcome<R>> handle(const R&, service::Asked) {
    co_return service::Answered<R>{};
  }
};

rt::Task<> serve_tasks(service::ServerEnd& server) { co_await server.run(); }

void serve_tasks(const rt::Start& start) {
  const auto channel = service::GrantedChannel::find(start, "service");
  if (!channel) rt::panic("the manifest lacks the channel 'service'");
  rt::Executor executor(channel->wake);
  const auto bit = channel->doorbell(executor);
  auto end = ring::ChannelServer::attach(channel->memory, protocol::block::kEntries, protocol::block::kHash);
  if (!bit || !end) rt::panic("the channel's memory cannot be used");
  service::GrantedPeer peer(*channel);
  Handler handler;
  service::Server<protocol::block::Protocol, Handler> server(executor, std::move(*end), peer, *bit, handler);
  executor.run(serve_tasks(server));
}

}  // namespace
}  // namespace tessera::bench

int component_main(const tessera::rt::Start& start) {
  using namespace tessera::bench;
  start.ready();
  take_messages(Ends::of(start, "queue"));
  serve(Ends::of(start, "requests"));
  serve_tasks(start);
  return 0;
}
