// SPDX-License-Identifier: Apache-2.0
// Messages through rings to another component (ring_peer.cpp), in batches of 1 and of 32: one way through
// a queue, request and answer through a channel, data through a channel's buffers, and request and answer
// of a protocol between tasks at both ends. Rows are
// nanoseconds, which are instructions under the instruction clock.
#include <abi/protocols/block.hpp>
#include <algorithm>
#include <string_view>

#include "components/bench/ring_bench.hpp"
#include "lib/ring/buffer_pool.hpp"
#include "lib/ring/channel_client.hpp"
#include "lib/rt/clock.hpp"
#include "lib/rt/component.hpp"
#include "lib/rt/executor.hpp"
#include "lib/rt/log.hpp"
#include "lib/service/client.hpp"
#include "lib/service/granted.hpp"

namespace tessera::bench {
namespace {

constexpr std::uint64_t kMessages = 64'000, kRequests = 32'000, kBuffers = 640;

class Rows {
 public:
  explicit Rows(const rt::Start& start) : suffix_(start.config("suffix").value_or("")) {}
  void measure(std::string_view name, std::uint64_t count, auto act) const {
    act(count / 10);
    const std::uint64_t begin = rt::now_ns();
    act(count);
    rt::log("{}{}\t{}\t{}", name, suffix_, count, (rt::now_ns() - begin + count / 2) / count);
  }

 private:
  std::string_view suffix_;
};

class OneWay {
 public:
  explicit OneWay(const Ends& ends) : ends_(ends), sender_(kept(ring::Queue<Item>::over(ends.memory, kQueueEntries))) {}

  void send(std::uint64_t count, std::uint64_t batch) {
    while (count > 0) {
      const auto places = kept(sender_.reserve(std::min(count, batch)));
      if (places.empty()) {
        wait_for_room();
        continue;
      }
      for (auto& place : places) place.store({.number = next_++});
      sender_.filled(places.size());
      publish();
      count -= places.size();
    }
  }
  void end() {
    while (!kept(sender_.put({.number = next_, .last = 1}))) wait_for_room();
    publish();
  }

 private:
  void publish() {
    sender_.publish();
    ends_.wake(sender_.should_wake());
  }
  void wait_for_room() {
    sender_.prepare_sleep();
    if (kept(sender_.fresh_room()) == 0) ends_.wait();
    sender_.awake();
  }

  Ends ends_;
  ring::Sender<Item> sender_;
  std::uint64_t next_ = 0;
};

class Requests {
 public:
  explicit Requests(const Ends& ends)
      : ends_(ends), client_(std::move(*ring::ChannelClient::attach(ends.memory, kChannelEntries, kChannelProtocol))), buffers_(client_.pool(), kBufferBytes) {}

  // `batch` at a time, and all answers before the next.
  void echo(std::uint64_t count, std::uint64_t batch) {
    while (count > 0) {
      const std::uint64_t some = std::min(count, batch);
      for (std::uint64_t i = 0; i < some; ++i) submit({.operation = kEcho, .arguments = {i}, .cookie = i});
      ends_.wake(client_.flush());
      for (std::uint64_t i = 0; i < some; ++i) {
        const auto answer = next();
        if (answer.lost || answer.results.front() != answer.cookie + 1) rt::panic("a wrong answer");
      }
      count -= some;
    }
  }

  // The other side goes on with something else.
  void end() {
    submit({.operation = kEnd});
    ends_.wake(client_.flush());
    (void)next();
  }

  // Fills buffers and has them summed up, as many at a time as there are.
  void sum(std::uint64_t count) {
    for (std::uint64_t asked = 0, answered = 0; answered < count;) {
      while (asked < count) {
        const auto buffer = buffers_.take();
        if (!buffer) break;
        const auto words = ring::shared_in<std::uint64_t>(buffers_.memory(*buffer), kBufferBytes / 8);
        for (auto& word : words) word.store(asked);
        submit({.operation = kSum, .buffer = *buffer, .arguments = {asked}, .cookie = std::uint64_t{buffer->offset} << 32 | asked});
        ++asked;
      }
      ends_.wake(client_.flush());
      const auto answer = next();
      if (answer.lost || answer.results.front() != (answer.cookie & 0xffff'ffff) * (kBufferBytes / 8)) rt::panic("a wrong sum");
      buffers_.give_back({.offset = static_cast<std::uint32_t>(answer.cookie >> 32), .bytes = kBufferBytes});
      ++answered;
    }
  }

 private:
  void submit(const ring::Request& request) {
    if (!client_.submit(request)) rt::panic("a request was not taken");
  }
  ring::Answer next() {
    for (;;) {
      if (const auto answer = kept(client_.take())) return *answer;
      ends_.wake(client_.flush());
      client_.prepare_sleep();
      const auto late = kept(client_.take());
      ends_.wake(client_.flush());
      if (!late) ends_.wait();
      client_.awake();
      if (late) return *late;
    }
  }

  Ends ends_;
  ring::ChannelClient client_;
  ring::BufferPool buffers_;
};

using BlockClient = service::Client<protocol::block::Protocol>;

rt::Task<> ask(BlockClient& client, std::uint64_t count) {
  for (; count > 0; --count) {
    if (!co_await client.ask(protocol::block::FlushRequest{})) rt::panic("a wrong answer");
  }
}

// `count` requests by as many tasks as `at_a_time`.
rt::Task<> ask_all(rt::Executor& executor, BlockClient& client, std::uint64_t count, std::uint64_t at_a_time) {
  rt::Scope end(executor), calls(executor);
  end.spawn(client.run());
  for (std::uint64_t i = 0; i < at_a_time; ++i) calls.spawn(ask(client, count / at_a_time));
  co_await calls.join();
  end.cancel();
  co_await end.join();
}

void measure_tasks(const rt::Start& start, const Rows& rows) {
  const auto channel = service::GrantedChannel::find(start, "service");
  if (!channel) rt::panic("the manifest lacks the channel 'service'");
  rt::Executor executor(channel->wake);
  const auto bit = channel->doorbell(executor);
  auto end = ring::ChannelClient::attach(channel->memory, protocol::block::kEntries, protocol::block::kHash);
  if (!bit || !end) rt::panic("the channel's memory cannot be used");
  service::GrantedPeer peer(*channel);
  BlockClient client(executor, std::move(*end), peer, *bit);
  rows.measure("service-request-1", kRequests, [&](std::uint64_t count) { executor.run(ask_all(executor, client, count, 1)); });
  rows.measure("service-request-32", kRequests, [&](std::uint64_t count) { executor.run(ask_all(executor, client, count, 32)); });
}

}  // namespace
}  // namespace tessera::bench

int component_main(const tessera::rt::Start& start) {
  using namespace tessera::bench;
  start.ready();
  const Rows rows(start);
  OneWay queue(Ends::of(start, "queue"));
  rows.measure("ring-message-1", kMessages, [&](std::uint64_t count) { queue.send(count, 1); });
  rows.measure("ring-message-32", kMessages, [&](std::uint64_t count) { queue.send(count, 32); });
  queue.end();
  Requests requests(Ends::of(start, "requests"));
  rows.measure("channel-request-1", kRequests, [&](std::uint64_t count) { requests.echo(count, 1); });
  rows.measure("channel-request-32", kRequests, [&](std::uint64_t count) { requests.echo(count, 32); });
  rows.measure("channel-32K", kBuffers, [&](std::uint64_t count) { requests.sum(count); });
  requests.end();
  measure_tasks(start, rows);
  return 0;
}
