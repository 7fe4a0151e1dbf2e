// SPDX-License-Identifier: Apache-2.0
// The server's end of a channel. A loop: look(); take() requests; complete() those that are done, in
// any order; flush(). It may be killed at any moment: the next instance attaches, and the client
// sends again what was not answered. So a request may be done twice, but is answered once.
//
// When look() says that the client is a new one, nobody waits for what the last one asked for:
// complete() drops it. Its buffers may be used for something else as soon as the server accepts the
// new client, so a server whose device still works on them waits for that, or resets it, first.
//
// A client that breaks the rules is not served any more (bad_peer) until it is another one.
// One thread. Allocates nothing.
#pragma once

#include <optional>

#include "lib/ring/channel.hpp"
#include "lib/ring/session.hpp"

namespace tessera::ring {

// Which request an answer is for.
struct Ticket {
  std::uint32_t id = 0;
  std::uint32_t epoch = 0;
};

struct Work {
  Ticket ticket{};
  std::uint16_t operation = 0;
  std::uint16_t flags = 0;
  Buffer buffer{};
  std::span<std::byte> memory{};  // of the buffer: in a pool, and the client may write to it at any time
  std::array<std::uint64_t, 5> arguments{};
};

struct Result {
  std::uint32_t status = 0;
  std::uint32_t bytes = 0;
  std::array<std::uint64_t, 2> values{};
};

class ChannelServer {
 public:
  // `protocol`: its hash; `shared`: pools besides the channel's own. The client has the same of both.
  [[nodiscard]] static std::expected<ChannelServer, RingError> attach(std::span<std::byte> region, std::uint32_t entries,
                                                                      std::uint64_t protocol,
                                                                      std::span<const std::span<std::byte>> shared = {});
  ChannelServer(ChannelServer&&) = default;
  ChannelServer& operator=(ChannelServer&&) = default;
  ChannelServer(const ChannelServer&) = delete;
  ChannelServer& operator=(const ChannelServer&) = delete;
  ~ChannelServer() = default;

  [[nodiscard]] std::span<std::byte> pool() const { return pools_.own(); }
  [[nodiscard]] const Pools& pools() const { return pools_; }

  // waiting: no client yet. new_peer: accept() it. wrong_protocol: until there is another client.
  [[nodiscard]] Session::State look();
  void accept();

  // The next request; none: there is none now, or no client that was accepted.
  [[nodiscard]] std::expected<std::optional<Work>, RingError> take();
  // Where the data of a request lies, whatever the form: a list of pieces is read once, here. False: the
  // client is gone, or breaks the rules: then it is not served any more.
  [[nodiscard]] bool read_pieces(const Work& work, PieceList& into);
  // The client's requests make no sense: it is not served any more until it is another one.
  void refuse_client() { (void)broken(); }
  // Once for each request. False: nobody waits for it any more.
  bool complete(Ticket ticket, const Result& result);
  // Once a batch, and after attach() and accept(): true: notify the client.
  [[nodiscard]] bool flush();

  // Before sleeping: then, unless idle(), look() and take() once more, flush(), and only then wait. Who wakes
  // calls awake().
  void prepare_sleep() const { submissions_.prepare_sleep(); }
  void awake() const { submissions_.awake(); }
  // The session stands, and take() would find nothing. A peer that begins another session rings.
  [[nodiscard]] bool idle() const;

  [[nodiscard]] std::uint32_t entries() const { return static_cast<std::uint32_t>(layout_.submissions.capacity()); }
  // Requests of this session that were taken and not completed.
  [[nodiscard]] std::size_t outstanding() const { return outstanding_; }

 private:
  ChannelServer(const ChannelLayout& layout, const Pools& pools, std::uint64_t protocol);
  [[nodiscard]] std::expected<std::optional<Work>, RingError> broken();

  ChannelLayout layout_;
  Pools pools_;
  Session session_;
  Receiver<Submission> submissions_;
  Sender<Completion> completions_;
  std::size_t outstanding_ = 0;
  bool open_ = false;
  bool broken_ = false;
  bool must_wake_ = true;  // the client has to see a new session
};

}  // namespace tessera::ring
