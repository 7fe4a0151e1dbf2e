// SPDX-License-Identifier: Apache-2.0
// A disk's server (abi/protocols/fs.toml), and how threads of the personality ask it for something:
// send requests, wait for the answers. Requests of many threads are under way at a time. One of the
// threads that wait attends to the channel and takes the answers of all; when it has its own, another
// one does. What it needs for that has a lock of its own, so it need not hold the big one.
//
// A server that was restarted gets everything again that it did not answer. So a request may be done
// twice; `resent` tells when that may have been.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <abi/protocols/fs.hpp>

#include "components/linux/core/aside.hpp"
#include "components/linux/core/errno.hpp"
#include "lib/ring/buffer_pool.hpp"
#include "lib/ring/channel_client.hpp"
#include "lib/rt/mutex.hpp"

namespace tessera::lx {

namespace wire = protocol::fs;

// What a request's answer is waited for in. Must live until then. Written by who attends to the channel:
// to be read after wait() alone.
struct Transfer {
  bool done = false;
  bool resent = false;
  ring::Answer answer{};
  std::uint64_t session = 0;  // when it was sent; once done, that of the server that answered
};

class DiskServer {
 public:
  // How the other end is told, and waited for.
  class Doorbell {
   public:
    virtual ~Doorbell() = default;
    virtual void ring() = 0;
    // Until the other end rings, or a while has passed. How long that was, in ns.
    virtual std::uint64_t wait() = 0;
    // Another instance of the other end is wanted: it answers nothing, or breaks the rules. False: say it again later.
    virtual bool complain(bool silent) = 0;
  };

  DiskServer(std::string name, ring::ChannelClient client, std::unique_ptr<Doorbell> doorbell);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const ring::Pools& pools() const { return client_.pools(); }
  // Grows when another instance of the server takes over: what it must know is to be told again.
  [[nodiscard]] std::uint64_t sessions() {
    const rt::LockGuard guard(lock_);
    return client_.sessions();
  }

  // Sends it; the answer comes with wait(). `data_bytes`: of a list of pieces.
  void send(Transfer& transfer, std::uint16_t operation, std::uint16_t flags, const std::array<std::uint64_t, 5>& words,
            ring::Buffer buffer, std::uint32_t data_bytes);
  // The error that the answer tells, or EIO for one that never comes. Several threads may wait for the same one.
  Result<void> wait(Transfer& transfer, Hold hold = Hold::keep);

  // A part of the channel's own memory, for names, structs, lists. ENOMEM: too many are in use.
  class Room {
   public:
    Room() = default;
    Room(DiskServer& server, ring::Buffer buffer) : server_(&server), buffer_(buffer) {}
    Room(Room&& other) noexcept : server_(std::exchange(other.server_, nullptr)), buffer_(other.buffer_) {}
    Room& operator=(Room&& other) noexcept {
      std::swap(server_, other.server_);
      std::swap(buffer_, other.buffer_);
      return *this;
    }
    ~Room() {
      if (server_ != nullptr) server_->give_back(buffer_);
    }
    [[nodiscard]] ring::Buffer buffer() const { return buffer_; }
    [[nodiscard]] std::span<std::byte> memory() const { return *server_->pools().part(buffer_); }

   private:
    DiskServer* server_ = nullptr;
    ring::Buffer buffer_{};
  };
  // At most kMostRoom bytes.
  static constexpr std::uint32_t kMostRoom = 80 * 1024;
  Result<Room> room(std::uint32_t bytes);

 private:
  static constexpr std::uint32_t kSmallBytes = 4096 + 512;
  // Time without any server after which what is outstanding is given up.
  static constexpr std::uint64_t kPatienceNs = 120'000'000'000;
  // Time without an answer after which a server is said to hang. Its disk may take 30 s and a reset.
  static constexpr std::uint64_t kSilenceNs = 60'000'000'000;

  // A thread that waits while another one attends. On its stack.
  struct Waiter {
    const Transfer* transfer = nullptr;  // null: until one more request can be sent
    Bell bell{};
    Waiter* next = nullptr;
    std::atomic<bool> told = false;
  };

  void give_back(ring::Buffer buffer);
  [[nodiscard]] bool ready(const Transfer* transfer) const { return transfer != nullptr ? transfer->done : !client_.full(); }
  void await(const Transfer* transfer);  // null: as in Waiter; after an exchange()
  void attend(const Transfer* transfer) REQUIRES(lock_);
  void collect() REQUIRES(lock_);  // answers that are there
  void exchange() REQUIRES(lock_);  // these, and requests that the server has not been told of
  template <typename Wanted>
  void tell(Wanted wanted) REQUIRES(lock_);

  std::string name_;
  // Of client_, transfers that are under way, and what follows. The big lock may be held before it, never taken after it.
  rt::Mutex lock_;
  Waiter* waiters_ = nullptr;
  bool attended_ = false;
  std::uint64_t alone_ns_ = 0;  // for so long there was no server
  std::uint64_t silent_ns_ = 0;  // for so long there was one, and no answer
  ring::ChannelClient client_;
  std::unique_ptr<Doorbell> doorbell_;
  std::uint32_t large_at_;  // where the large buffers begin in the pool
  ring::BufferPool small_, large_;
  bool told_of_trouble_ = false, complained_ = false;
};

Errno errno_of(wire::Status status);

}  // namespace tessera::lx
