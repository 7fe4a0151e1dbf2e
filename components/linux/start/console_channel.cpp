// SPDX-License-Identifier: Apache-2.0
#include "components/linux/start/console_channel.hpp"

#include <abi/protocols/console.hpp>
#include <atomic>
#include <optional>

#include "components/linux/core/big_lock.hpp"
#include "components/linux/process/contract.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/tty/console.hpp"
#include "lib/ring/byte_ring.hpp"
#include "lib/rt/log.hpp"
#include "lib/rt/system_call.hpp"
#include "lib/rt/thread.hpp"

namespace tessera::lx {

namespace {

class ConsoleChannel final : public ByteStream {
 public:
  std::size_t write(std::span<const std::byte> bytes) override {
    if (!channel_) return bytes.size();  // nobody listens
    const auto done = channel_->out.write(bytes);
    if (!done) {
      fail_once();
      return bytes.size();
    }
    if (channel_->out.should_wake_reader()) (void)rt::notify(peer_);
    return *done;
  }
  std::size_t read(std::span<std::byte> bytes) override {
    if (!channel_) return 0;
    const auto done = channel_->in.read(bytes);
    if (!done) {
      fail_once();
      return 0;
    }
    if (channel_->in.should_wake_writer()) (void)rt::notify(peer_);
    return *done;
  }

  bool open(const rt::Start& start) {
    const auto memory = start.grant("channel.console", tessera::abi::ObjectType::memory);
    if (!memory) return true;
    const auto wake = start.grant("channel.console.wake", tessera::abi::ObjectType::notification);
    const auto peer = start.grant("channel.console.peer", tessera::abi::ObjectType::notification);
    if (!wake || !peer) return false;
    const auto attached = ring::ByteChannel::attach(rt::bytes_of(*memory), memory->extra & 1, protocol::console::kHash);
    if (!attached) return false;
    channel_ = *attached;
    wake_ = wake->handle;
    peer_ = peer->handle;
    return true;
  }

  // Before the last look at both rings; then sleep(). What changes after this is notified.
  void prepare_sleep() {
    channel_->in.prepare_sleep();
    channel_->out.prepare_sleep();
  }
  // Waits until there is something to read or room to write.
  void sleep() {
    const auto readable = channel_->in.readable();
    if (!readable || *readable == 0 || stuck_) (void)rt::wait_notification(wake_);
    channel_->in.awake();
    channel_->out.awake();
  }
  // Input that the terminal has no room for must not keep the thread busy.
  void set_stuck(bool stuck) { stuck_ = stuck; }
  [[nodiscard]] std::size_t readable() const {
    const auto count = channel_->in.readable();
    return count ? *count : 0;
  }
  [[nodiscard]] bool drained() const { return !channel_ || channel_->out.drained(); }
  [[nodiscard]] bool present() const { return channel_.has_value(); }
  [[nodiscard]] bool raw_terminal() const { return channel_ && channel_->in.mode() == protocol::console::kModeRawTerminal; }

  void wait_a_moment() {
    channel_->out.prepare_sleep();
    if (!drained()) (void)rt::wait_notification(wake_, monotonic_ns() + 10'000'000);
    channel_->out.awake();
  }

 private:
  void fail_once() {
    if (!failed_) rt::log_line("the console broke the channel's rules: it is no longer used");
    failed_ = true;
    channel_.reset();
  }

  std::optional<ring::ByteChannel> channel_;
  std::uint64_t wake_ = 0, peer_ = 0;
  bool failed_ = false;
  std::atomic<bool> stuck_ = false;
};

constinit ConsoleChannel channel;

// The look that link_progress() takes at both rings comes after prepare_sleep(), and with
// the lock held: room that the console makes while a program finds none is not missed.
NO_THREAD_SAFETY_ANALYSIS void serve(void*) {
  for (;;) {
    big_lock.lock_at_leisure();
    if (channel.present()) {
      channel.prepare_sleep();
      const std::size_t before = channel.readable();
      link_progress();
      channel.set_stuck(channel.present() && before != 0 && channel.readable() >= before);
    }
    const bool present = channel.present();
    big_lock.unlock();
    if (!present) return;
    channel.sleep();
  }
}

}  // namespace

bool open_console_channel(const rt::Start& start) {
  if (!channel.open(start)) {
    rt::log_line("the channel to the console is not well-formed");
    return false;
  }
  ConsoleMode mode = start.config("console").value_or("stream") == "tty" ? ConsoleMode::terminal : ConsoleMode::stream;
  if (channel.raw_terminal()) mode = ConsoleMode::raw_terminal;
  start_console(mode, channel);
  return true;
}

bool start_console_thread() {
  if (!channel.present()) return true;
  return rt::Thread::create({.entry = serve, .priority = 100}).has_value();
}

NO_THREAD_SAFETY_ANALYSIS void drain_console() {
  // A host that reads nothing must not keep the machine from ending.
  const std::uint64_t limit = monotonic_ns() + 30'000'000'000;
  for (;;) {
    big_lock.lock();
    link_progress();
    const bool done = !channel.present() || (!console_output_pending() && channel.drained());
    big_lock.unlock();
    if (done || monotonic_ns() >= limit) return;
    channel.wait_a_moment();
  }
}

}  // namespace tessera::lx
