// SPDX-License-Identifier: Apache-2.0
// A server that is a process of its own, killed by the kernel at any moment, in the middle of whatever
// it does, and started again. The client must get one answer to each request, and nobody may sleep
// for ever.
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <vector>

#include "lib/ring/channel_client.hpp"
#include "lib/ring/channel_server.hpp"
#include "tests/support/check.hpp"
#include "tests/unit/lib/ring/random.hpp"

using namespace tessera;
using namespace tessera::ring;

namespace {

constexpr std::uint32_t kEntries = 16;
constexpr std::uint64_t kProtocol = 77;
constexpr std::size_t kRegionBytes = 65536;
constexpr unsigned kKills = 150;

// A notification as the nucleus has it: kept until it is waited for.
class Doorbell {
 public:
  Doorbell() : file_(eventfd(0, 0)) {}
  void ring() const { (void)!write(file_, &kOne, sizeof kOne); }
  // False: nobody rang for `milliseconds`.
  [[nodiscard]] bool wait(int milliseconds) const {
    pollfd entry{.fd = file_, .events = POLLIN, .revents = 0};
    if (poll(&entry, 1, milliseconds) != 1) return false;
    std::uint64_t count = 0;
    (void)!read(file_, &count, sizeof count);
    return true;
  }

 private:
  static constexpr std::uint64_t kOne = 1;
  int file_;
};

[[noreturn]] void serve(std::span<std::byte> region, const Doorbell& own, const Doorbell& client) {
  auto server = std::move(ChannelServer::attach(region, kEntries, kProtocol).value());
  const auto flush = [&] {
    if (server.flush()) client.ring();
  };
  for (;;) {
    if (server.look() == Session::State::new_peer) server.accept();
    bool any = false;
    while (const auto work = server.take().value()) {
      any = true;
      (void)server.complete(work->ticket, {.values = {work->arguments.front() * 3}});
    }
    flush();
    if (any) continue;
    server.prepare_sleep();
    const auto state = server.look();
    const auto work = server.take().value();
    if (work) (void)server.complete(work->ticket, {.values = {work->arguments.front() * 3}});
    else if (state != Session::State::new_peer) (void)own.wait(-1);
    server.awake();
    flush();
  }
}

struct Server {
  std::span<std::byte> region;
  const Doorbell& own;
  const Doorbell& client;
  pid_t process = -1;

  void start() {
    process = fork();
    if (process == 0) serve(region, own, client);
  }
  void kill_it() const {
    (void)kill(process, SIGKILL);
    int status = 0;
    (void)waitpid(process, &status, 0);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  }
};

}  // namespace

TEST(a_server_killed_at_any_moment_costs_no_answer) {
  test::Random random("killed server");
  void* memory = mmap(nullptr, kRegionBytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  CHECK(memory != MAP_FAILED);
#pragma clang unsafe_buffer_usage begin
  const std::span region(static_cast<std::byte*>(memory), kRegionBytes);
#pragma clang unsafe_buffer_usage end
  const Doorbell wake_server, wake_client;
  Server server{region, wake_server, wake_client};
  server.start();
  auto client = std::move(ChannelClient::attach(region, kEntries, kProtocol).value());
  std::vector<unsigned> answers;
  std::size_t lost = 0, answered = 0;
  const auto take = [&] {
    const auto answer = client.take().value();
    if (!answer) return false;
    CHECK_EQ(++answers[answer->cookie], 1u);
    if (answer->lost) ++lost;
    else CHECK_EQ(answer->results.front(), answer->cookie * 3);
    ++answered;
    return true;
  };
  const auto flush = [&] {
    if (client.flush()) wake_server.ring();
  };
  unsigned kills = 0;
  auto next_kill = std::chrono::steady_clock::now();
  while ((kills < kKills || client.outstanding() > 0) && test::failures() == 0) {
    while (kills < kKills) {
      const std::uint64_t number = answers.size();
      // One in eight may be sent only once.
      const std::uint16_t resends = number % 8 == 0 ? 0 : 1000;
      if (!client.submit({.resends = resends, .arguments = {number}, .cookie = number})) break;
      answers.push_back(0);
    }
    while (take()) {}
    flush();
    if (kills < kKills && std::chrono::steady_clock::now() >= next_kill) {
      server.kill_it();
      server.start();
      ++kills;
      next_kill = std::chrono::steady_clock::now() + std::chrono::microseconds(random.below(4'000));
    }
    client.prepare_sleep();
    const bool any = take();
    flush();
    // Without a lost wake the server, or the next one, answers well before this.
    if (!any && client.outstanding() > 0) CHECK(wake_client.wait(20'000));
    client.awake();
  }
  server.kill_it();
  CHECK_EQ(answered, answers.size());
  std::printf("killed %u times, %zu requests, %zu lost, %llu completions dropped\n", kills, answers.size(), lost,
              static_cast<unsigned long long>(client.dropped()));
  CHECK(answers.size() > kKills && lost > 0);
  (void)munmap(memory, kRegionBytes);
}
