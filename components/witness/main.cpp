// SPDX-License-Identifier: Apache-2.0
// Exchanges messages between two threads of its own for ever: see README.md.
#include <atomic>
#include <cstdint>

#include "lib/rt/clock.hpp"
#include "lib/rt/component.hpp"
#include "lib/rt/panic.hpp"
#include "lib/rt/raw_memory.hpp"
#include "lib/rt/system_call.hpp"
#include "lib/rt/thread.hpp"

namespace {

namespace rt = tessera::rt;
namespace abi = tessera::abi;

constexpr unsigned kExchanges = 16;
constexpr std::uint64_t kPauseNs = 500'000, kBadge = 77, kWords = 8;
constexpr std::uint32_t kLabel = 0x7e57;

struct Server {
  rt::Handle endpoint = 0, reply = 0;
};

// Every word comes back with its place added; the label inverted.
rt::Message answer_to(rt::Message message) {
  std::uint64_t place = 0;
  for (std::uint64_t& word : message.words) word += ++place;
  message.label = ~message.label;
  return message;
}

void serve(void* argument) {
  const auto& server = *static_cast<const Server*>(argument);
  auto message = rt::wait(server.endpoint, server.reply);
  for (;;) {
    if (!message) rt::panic("the server's wait failed");
    if (message->badge != kBadge || message->word_count != kWords || message->caps != 0) rt::panic("a message was not as it was sent");
    message = rt::reply_wait(server.endpoint, server.reply, answer_to(*message));
  }
}

void exchange(rt::Handle client, std::uint64_t number) {
  rt::Message message{.label = kLabel, .word_count = kWords};
  for (std::uint64_t& word : message.words) word = number * 0x9e3779b97f4a7c15 + word;
  const auto got = rt::call(client, message);
  if (!got) rt::panic("a call failed");
  const rt::Message wanted = answer_to(message);
  if (got->label != wanted.label || got->words != wanted.words || got->word_count != kWords || got->badge != 0) {
    rt::panic("an answer was wrong");
  }
}

void pause() {
  const std::uint64_t until = rt::now_ns() + kPauseNs;
  rt::sleep_until(until);
  if (rt::now_ns() < until) rt::panic("a sleep ended early");
}

}  // namespace

int component_main(const rt::Start& start) {
  static Server server;
  const auto endpoint = rt::objects().make(abi::ObjectType::endpoint);
  const auto reply = rt::objects().make(abi::ObjectType::reply);
  const auto client = endpoint ? rt::objects().copy(*endpoint, abi::kRightWrite, kBadge) : endpoint;
  if (!client || !reply) rt::panic("no memory");
  server = {*endpoint, *reply};
  const auto channel = start.grant("channel.witness", abi::ObjectType::memory);
  if (!channel || channel->address == 0) rt::panic("the manifest has no channel witness");
  if (!rt::Thread::create({.entry = &serve, .argument = &server})) rt::panic("no thread");
  start.ready();
  const std::atomic_ref done(rt::object_at<std::uint64_t>(channel->address));
  for (std::uint64_t number = 0;; ++number) {
    exchange(*client, number);
    done.store(number + 1, std::memory_order_release);
    if (number % kExchanges == 0) pause();
  }
}
