// SPDX-License-Identifier: Apache-2.0
// The client's end of a channel for tasks:
//
//   const auto read = co_await client.ask(block::ReadRequest{.offset = 0}, buffer);
//   if (read) use(read->bytes);
//
// What is asked for within one turn of the executor goes out together, with one doorbell. Where as many
// requests are under way as the channel has entries, the next waits for its turn, in order.
//
// A call is not cut short when its scope is cancelled: its buffer is the server's until the answer, and
// buffers often live where the caller's frame does. So a call that was sent ends with its answer, or as
// lost, in any case, and whoever waits may let go of the buffer then; only one that begins in a
// cancelled scope ends at once, and nothing was asked. Who must end with a server that is silent has the
// server taken out of the memory first, and says fail_all().
//
// One thread. A call allocates nothing: it lives in the frame of who awaits it.
#pragma once

#include <expected>

#include "lib/ring/protocol.hpp"
#include "lib/rt/task_loop.hpp"
#include "lib/service/peer.hpp"

namespace tessera::service {

// What a request's data is.
struct Data {
  ring::Buffer buffer{};
  std::uint32_t list_bytes = 0;  // with a list of pieces: of all of them
};

struct CallOptions {
  std::uint16_t flags = 0;    // the protocol's
  std::uint16_t resends = 0;  // how often it may be sent again to a server that was restarted
};

// The answer to a request that was done.
template <ring::TypedRequest R>
struct Answered {
  typename R::Answer results{};
  std::uint32_t bytes = 0;  // of the data
};

enum class CallFailure : std::uint8_t {
  refused,     // `status` says why
  lost,        // the server was restarted more often than the request may be sent again, or is gone
  bad_answer,  // that is none of the protocol's
  bad_buffer,  // outside of the pools
  cancelled,   // nothing was asked: the scope is cancelled
};
template <typename Status>
struct CallError {
  CallFailure failure = CallFailure::lost;
  Status status{};  // of `refused`
};

template <ring::TypedRequest R>
using Reply = std::expected<Answered<R>, CallError<typename R::Status>>;

// What is the same for all protocols.
class ClientEnd {
 public:
  // `bit`: the event of the loop that the server's doorbell raises; the client's alone.
  ClientEnd(rt::TaskLoop& loop, ring::ChannelClient channel, Peer& peer, unsigned bit);
  ClientEnd(const ClientEnd&) = delete;
  ClientEnd& operator=(const ClientEnd&) = delete;
  ~ClientEnd() = default;

  // Takes answers and sends requests, until cancelled: then all that is under way is lost, so those who
  // call end before.
  rt::Task<> run();

  [[nodiscard]] const ring::Pools& pools() const { return channel_.pools(); }
  [[nodiscard]] std::size_t outstanding() const { return channel_.outstanding(); }
  [[nodiscard]] PeerState state() const { return watch_.state(); }
  // That came so far, of whatever kind.
  [[nodiscard]] std::uint64_t answers() const { return answers_; }
  // Another number: another server, which knows nothing but what it is told from then on.
  [[nodiscard]] std::uint64_t sessions() const { return channel_.sessions(); }
  // The server is gone for good, and out of the pools: all that is under way is lost.
  void fail_all();

 protected:
  class RawCall : public rt::Wait {
   public:
    RawCall(ClientEnd& client, const ring::Request& request) : client_(client), request_(request) {}
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    template <typename Promise>
    [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> task) noexcept {
      return start(task, *task.promise().scope);
    }

   protected:
    ~RawCall() = default;
    // None: nothing was asked.
    [[nodiscard]] std::expected<ring::Answer, CallFailure> outcome() const;

   private:
    friend class ClientEnd;
    [[nodiscard]] bool start(std::coroutine_handle<> task, rt::Scope& scope);
    void cancel() override {}  // the answer ends it

    ClientEnd& client_;
    ring::Request request_;
    ring::Answer answer_{};
    bool bad_buffer_ = false;
  };

 private:
  void send(RawCall& call);
  bool take_answers();
  void note(const std::optional<ring::RingError>& error);
  void wake_up() { loop_.deliver(std::uint64_t{1} << bit_); }

  rt::TaskLoop& loop_;
  ring::ChannelClient channel_;
  PeerWatch watch_;
  unsigned bit_;
  std::uint64_t answers_ = 0;
  rt::WaitsOfSource queue_;  // calls for which there was no room
};

template <typename Protocol>
class Client : public ClientEnd {
 public:
  using ClientEnd::ClientEnd;

  // An answer is awaited at once: `co_await client.ask(...)`.
  template <ring::TypedRequest R>
  class [[nodiscard]] Call final : public RawCall {
   public:
    using RawCall::RawCall;
    [[nodiscard]] Reply<R> await_resume() const noexcept {
      using Error = CallError<typename R::Status>;
      const auto answer = outcome();
      if (!answer) return std::unexpected(Error{.failure = answer.error()});
      if (answer->lost) return std::unexpected(Error{.failure = CallFailure::lost});
      if (answer->status != 0) {
        const auto status = Protocol::status(answer->status);
        if (!status) return std::unexpected(Error{.failure = CallFailure::bad_answer});
        return std::unexpected(Error{.failure = CallFailure::refused, .status = *status});
      }
      const auto results = R::Answer::of_words(answer->results);
      if (!results) return std::unexpected(Error{.failure = CallFailure::bad_answer});
      return Answered<R>{.results = *results, .bytes = answer->bytes};
    }
  };

  template <ring::TypedRequest R>
  [[nodiscard]] Call<R> ask(const R& typed, const Data& data = {}, const CallOptions& options = {}) {
    static_assert(std::is_same_v<typename R::Status, typename Protocol::Status>, "a request of another protocol");
    ring::Request request = ring::request_for(typed, data.buffer);
    request.data_bytes = data.list_bytes;
    request.flags = options.flags;
    request.resends = options.resends;
    return Call<R>(*this, request);
  }
};

}  // namespace tessera::service
