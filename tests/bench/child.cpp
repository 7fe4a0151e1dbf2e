// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <sstream>

#include "tools/support/file.hpp"
#include "tools/support/process.hpp"
#include "tools/support/unique_fd.hpp"

namespace tessera::bench {
namespace {

using Clock = std::chrono::steady_clock;

struct Streams {
  tools::UniqueFd output_read, output_write, errors_read, errors_write;
};

Result<Streams> make_streams() {
  std::array<int, 2> output{}, errors{};
  if (::pipe2(output.data(), O_CLOEXEC) != 0) return tools::fail_errno("cannot make a pipe");
  Streams streams{tools::UniqueFd(output[0]), tools::UniqueFd(output[1]), {}, {}};
  if (::pipe2(errors.data(), O_CLOEXEC) != 0) return tools::fail_errno("cannot make a pipe");
  streams.errors_read.reset(errors[0]);
  streams.errors_write.reset(errors[1]);
  return streams;
}

[[noreturn]] void become(std::vector<std::string> words, const Streams& streams) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  tools::reset_signals();
  ::dup2(streams.output_write.get(), STDOUT_FILENO);
  ::dup2(streams.errors_write.get(), STDERR_FILENO);
  if (const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC); nothing >= 0) ::dup2(nothing, STDIN_FILENO);
  ::execvp(words.front().c_str(), tools::exec_words(words).data());
  ::_exit(127);
}

// Whether this process or one that it started is QEMU.
bool is_qemu_below(const std::string& process) {
  const std::string directory = "/proc/" + process;
  if (tools::read_file(directory + "/comm").value_or("").starts_with("qemu-system")) return true;
  std::istringstream children(tools::read_file(directory + "/task/" + process + "/children").value_or(""));
  for (std::string child; children >> child;) {
    if (is_qemu_below(child)) return true;
  }
  return false;
}

class Watch {
 public:
  Watch(const Request& request, pid_t process)
      : request_(request), process_(process), started_(Clock::now()), qemu_found_(request.marker.empty()) {}

  // Reads both streams to their end, or until the time limit.
  void collect(const Streams& streams, Ended& ended) {
    std::array<pollfd, 2> waits{{{streams.output_read.get(), POLLIN, 0}, {streams.errors_read.get(), POLLIN, 0}}};
    while (waits[0].fd >= 0 || waits[1].fd >= 0) {
      const timespec wait{qemu_found_ ? 1 : 0, qemu_found_ ? 0 : 300'000};
      if (::ppoll(waits.data(), waits.size(), &wait, nullptr) < 0 && errno != EINTR) return;
      if (!qemu_found_ && is_qemu_below(std::to_string(process_))) {
        qemu_found_ = true;
        qemu_started_ = Clock::now();
      }
      if (waits[0].revents != 0 && !take(waits[0].fd, ended.output)) waits[0].fd = -1;
      if (waits[1].revents != 0 && !take(waits[1].fd, ended.errors)) waits[1].fd = -1;
      waits[0].revents = waits[1].revents = 0;
      note_marker(ended);
      if (Clock::now() - started_ > std::chrono::seconds(request_.limit_seconds)) {
        ::kill(process_, SIGKILL);
        ended.status = 124;
        return;
      }
    }
  }

 private:
  static bool take(int from, std::string& text) {
    std::array<char, 65536> chunk;
    const ssize_t got = ::read(from, chunk.data(), chunk.size());
    if (got < 0) return errno == EINTR;
    text.append(chunk.data(), static_cast<std::size_t>(got));
    return got > 0;
  }

  void note_marker(Ended& ended) const {
    if (request_.marker.empty() || ended.marker_ns || ended.output.find(request_.marker) == std::string::npos) return;
    ended.marker_ns = std::chrono::duration<double, std::nano>(Clock::now() - qemu_started_).count();
  }

  const Request& request_;
  pid_t process_;
  Clock::time_point started_;
  Clock::time_point qemu_started_ = started_;
  bool qemu_found_;
};

}  // namespace

Result<Ended> run_machine(const Request& request) {
  Streams streams = TRY(make_streams());
  const pid_t process = ::fork();
  if (process < 0) return tools::fail_errno("cannot start " + request.words.front());
  if (process == 0) become(request.words, streams);
  streams.output_write.reset();
  streams.errors_write.reset();
  Ended ended;
  Watch(request, process).collect(streams, ended);
  int status = 0;
  while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  if (ended.status == 0) ended.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return ended;
}

void say(const std::string& text) { std::fputs(("bench: " + text + "\n").c_str(), stderr); }

}  // namespace tessera::bench
