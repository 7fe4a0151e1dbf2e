// SPDX-License-Identifier: Apache-2.0
#include "components/linux/start/clock_channel.hpp"

#include <abi/protocols/clock.hpp>

#include "components/linux/time/clock_device.hpp"
#include "lib/ring/channel_client.hpp"
#include "lib/ring/protocol.hpp"
#include "lib/rt/clock.hpp"
#include "lib/rt/log.hpp"
#include "lib/rt/system_call.hpp"

namespace tessera::lx {

namespace {

namespace wire = protocol::clock;

// One question at a time, with the big lock: a clock answers at once, and one that does not is given up soon.
class ClockChannel final : public ClockServer {
 public:
  ClockChannel(ring::ChannelClient client, std::uint64_t wake, std::uint64_t peer) : client_(std::move(client)), wake_(wake), peer_(peer) { flush(); }

  Result<std::uint64_t> read() override {
    const auto answer = TRY(ask(wire::ReadRequest{}));
    return answer.seconds;
  }
  Result<void> set(std::uint64_t seconds) override {
    TRY(ask(wire::SetRequest{.seconds = seconds}));
    return {};
  }

 private:
  static constexpr std::uint64_t kPatienceNs = 2'000'000'000;

  void flush() {
    if (client_.flush()) (void)rt::notify(peer_);
  }

  // None: not in time.
  std::optional<ring::Answer> wait() {
    const std::uint64_t limit = rt::now_ns() + kPatienceNs;
    for (;;) {
      client_.prepare_sleep();
      const auto answer = client_.take();
      flush();
      if (answer && *answer) {
        client_.awake();
        return *answer;
      }
      if (rt::now_ns() >= limit) break;
      (void)rt::wait_notification(wake_, limit);
      client_.awake();
    }
    client_.awake();
    client_.fail_all();
    // Answered as lost, so that nothing is left for the next question.
    (void)client_.take();
    return std::nullopt;
  }

  template <typename R>
  Result<typename R::Answer> ask(const R& typed) {
    ring::Request request = ring::request_for(typed, {});
    request.resends = 1;  // doing one twice is the same as doing it once
    if (!client_.submit(request)) return fail(Errno::eio);
    flush();
    const auto answer = wait();
    if (!answer || answer->lost) return fail(Errno::eio);
    if (answer->status != 0) return fail(errno_of(wire::Protocol::status(answer->status)));
    const auto results = R::Answer::of_words(answer->results);
    if (!results) return fail(Errno::eio);
    return *results;
  }

  static Errno errno_of(std::optional<wire::Status> status) {
    if (!status) return Errno::eio;
    switch (*status) {
      case wire::Status::not_set:
      case wire::Status::invalid: return Errno::einval;
      case wire::Status::no_device: return Errno::enodev;
    }
    return Errno::eio;
  }

  ring::ChannelClient client_;
  std::uint64_t wake_, peer_;
};

}  // namespace

bool open_clock_channel(const rt::Start& start) {
  const auto memory = start.grant("channel.clock", tessera::abi::ObjectType::memory);
  if (!memory) return true;
  const auto wake = start.grant("channel.clock.wake", tessera::abi::ObjectType::notification);
  const auto peer = start.grant("channel.clock.peer", tessera::abi::ObjectType::notification);
  auto client = ring::ChannelClient::attach(rt::bytes_of(*memory), wire::kEntries, wire::kHash);
  if (!wake || !peer || !client) {
    rt::log_line("the channel to the clock is not well-formed");
    return false;
  }
  add_clock_device(std::make_unique<ClockChannel>(std::move(*client), wake->handle, peer->handle));
  return true;
}

}  // namespace tessera::lx
