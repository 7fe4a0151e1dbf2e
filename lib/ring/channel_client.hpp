// SPDX-License-Identifier: Apache-2.0
// The client's end of a channel. Every request that submit() took is answered exactly once, by
// take(): with what the server said, or as lost. It is lost when the server was restarted more often
// than the request may be sent again; the server may or may not have done it then.
//
// What is outstanding is kept here, privately. When the server is another instance, everything
// outstanding is sent again, in the order of submission; completions that belong to an earlier
// session, or to a request that is not outstanding, are never answers. A server that breaks the rules
// gets nothing more (bad_peer) until it is restarted; then all goes on.
//
// Buffers of outstanding requests belong to the server: between submit() and the answer nobody else
// uses them. A server that was killed must be out of the pool before the next attaches: its device
// is reset first.
//
// One thread. Allocates when it attaches, never afterwards.
#pragma once

#include <optional>
#include <vector>

#include "lib/ring/channel.hpp"
#include "lib/ring/session.hpp"

namespace tessera::ring {

struct Request {
  std::uint16_t operation = 0;
  std::uint16_t flags = 0;
  std::uint16_t resends = 0;  // how often it may be sent again to a server that was restarted
  Buffer buffer{};
  std::uint32_t data_bytes = 0;  // with a list of pieces: of all of them
  std::array<std::uint64_t, 5> arguments{};
  std::uint64_t cookie = 0;  // the caller's; the server never sees it
};

struct Answer {
  std::uint64_t cookie = 0;
  bool lost = false;  // then the rest says nothing
  std::uint32_t status = 0;
  std::uint32_t bytes = 0;  // at most those of the data
  std::array<std::uint64_t, 2> results{};
};

enum class SubmitError : std::uint8_t {
  full,        // as many are outstanding as there are entries: take() answers first
  bad_buffer,  // not in a pool
};

class ChannelClient {
 public:
  // A new client: what an earlier one had outstanding is forgotten by both ends. The server must be
  // notified then, whether it sleeps or not: flush() says so.
  // `protocol`: its hash; `shared`: pools besides the channel's own. The server has the same of both.
  [[nodiscard]] static std::expected<ChannelClient, RingError> attach(std::span<std::byte> region, std::uint32_t entries,
                                                                      std::uint64_t protocol,
                                                                      std::span<const std::span<std::byte>> shared = {});
  ChannelClient(ChannelClient&&) = default;
  ChannelClient& operator=(ChannelClient&&) = default;
  ChannelClient(const ChannelClient&) = delete;
  ChannelClient& operator=(const ChannelClient&) = delete;
  ~ChannelClient() = default;

  [[nodiscard]] std::span<std::byte> pool() const { return pools_.own(); }
  [[nodiscard]] const Pools& pools() const { return pools_; }

  // Takes a request, whether there is a server now or not. The server sees it after flush().
  [[nodiscard]] std::expected<void, SubmitError> submit(const Request& request);
  // The next answer; none: there is none now. bad_peer, wrong_protocol: until there is another server.
  [[nodiscard]] std::expected<std::optional<Answer>, RingError> take();
  // Once a batch, after submit() and after take() had no more, and after attach(): true: notify the server.
  [[nodiscard]] bool flush();

  // Before sleeping: then, unless idle(), take() once more, flush(), and only then wait. Who wakes
  // calls awake().
  void prepare_sleep() const { completions_.prepare_sleep(); }
  void awake() const { completions_.awake(); }
  // The session stands, and take() would find nothing. A peer that begins another session rings.
  [[nodiscard]] bool idle() const;

  [[nodiscard]] std::size_t outstanding() const { return outstanding_; }
  // submit() takes no more before an answer was taken.
  [[nodiscard]] bool full() const { return free_.empty(); }
  // A server is there and keeps the rules, as far as take() saw.
  [[nodiscard]] bool open() const { return open_; }
  // Servers so far that a session began with: another number is another instance, which knows nothing
  // but what it is told from then on.
  [[nodiscard]] std::uint64_t sessions() const { return sessions_; }
  // Completions of no outstanding request, or of another session, that were dropped.
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }
  // Answers everything outstanding as lost: the server is gone for good, and out of the pool.
  void fail_all();

 private:
  enum class SlotState : std::uint8_t { free, outstanding, lost };
  struct Slot {
    Submission submission{};
    std::uint64_t cookie = 0;
    std::uint64_t number = 0;      // of the submission: their order
    std::uint32_t data_bytes = 0;
    std::uint16_t generation = 0;  // changes with each request
    std::uint16_t resends = 0;
    SlotState state = SlotState::free;
    bool sent = false;
  };

  ChannelClient(const ChannelLayout& layout, const Pools& pools, std::uint32_t entries, std::uint64_t protocol);

  void follow();  // looks at the session, and begins a new one
  void reopen();
  void send(Slot& slot);
  void mark_lost(Slot& slot);
  [[nodiscard]] Answer answer_lost();
  [[nodiscard]] std::optional<Answer> accept_completion(const Completion& completion);
  [[nodiscard]] RingError broken();
  void free_slot(Slot& slot);

  ChannelLayout layout_;
  Pools pools_;
  Session session_;
  Sender<Submission> submissions_;
  Receiver<Completion> completions_;
  std::vector<Slot> slots_;
  std::vector<std::uint16_t> free_;   // slots; and room for all, as in the next
  std::vector<std::uint16_t> again_;  // slots that are sent again, while they are
  std::uint64_t submitted_ = 0;
  std::size_t outstanding_ = 0;  // of all that were not answered, the lost ones too
  std::size_t lost_ = 0;
  std::size_t first_lost_ = 0;  // no slot before this one is lost
  std::uint64_t sessions_ = 0;
  std::uint64_t dropped_ = 0;
  bool open_ = false;
  bool broken_ = false;     // the server of this session is not listened to any more
  bool wrong_protocol_ = false;
  bool must_wake_ = true;   // the server has to see a new session
};

}  // namespace tessera::ring
