// SPDX-License-Identifier: Apache-2.0
// The poll loop between the host's streams and the machine's.
#include "tools/run/pump.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "tools/run/terminal.hpp"

namespace tessera::tools::run {
namespace {

constexpr std::size_t kReadBytes = 64 * 1024;
constexpr std::size_t kMostMessages = 8 * 1024;
// How long a machine may take to switch off after its last word.
constexpr auto kGrace = std::chrono::seconds(2);

// Reads once. At the stream's end sets it to -1.
std::string read_once(int& stream, std::size_t most = kReadBytes) {
  std::string bytes(most, '\0');
  const ssize_t got = ::read(stream, bytes.data(), bytes.size());
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return {};
  if (got <= 0) stream = -1;
  bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  return bytes;
}

}  // namespace

Pump::Pump(Streams streams, MachineLog& log, Signals& signals, CoreFiles& cores, bool terminal)
    : streams_(streams), log_(log), signals_(signals), terminal_(terminal), reader_(&cores), output_(STDOUT_FILENO), error_(STDERR_FILENO) {
  if (!terminal_) return;
  const WindowSize size = window_size();
  to_guest_ = window_size_frame(size.rows, size.columns);
}

void Pump::finish(Outcome outcome) {
  if (!outcome_) outcome_ = std::move(outcome);
}

void Pump::arrange() {
  const auto watch = [&](Watch which, int stream, int events) {
    waits_.at(which) = {events == 0 ? -1 : stream, static_cast<short>(events), 0};
  };
  const bool room = !output_.full() && !error_.full();
  // Input is read only when all of the earlier is on its way: a program that ends
  // leaves the rest of it in the pipe, as on Linux.
  watch(kInput, STDIN_FILENO, input_open_ && to_guest_.empty() && streams_.link >= 0 ? POLLIN : 0);
  watch(kLink, streams_.link, (room ? POLLIN : 0) | (to_guest_.empty() ? 0 : POLLOUT));
  watch(kLog, streams_.log, POLLIN);
  watch(kMessages, streams_.messages, POLLIN);
  watch(kOutput, STDOUT_FILENO, output_.empty() ? 0 : POLLOUT);
  watch(kError, STDERR_FILENO, error_.empty() ? 0 : POLLOUT);
  watch(kSignals, signals_.stream(), POLLIN);
}

void Pump::read_input() {
  int stream = STDIN_FILENO;
  const std::string bytes = read_once(stream, kMostPayload);
  if (stream < 0) {
    input_open_ = false;
    to_guest_ += frame(wire::Operation::input_end, {});
    return;
  }
  if (!terminal_) {
    if (!bytes.empty()) to_guest_ += frame(wire::Operation::input, bytes);
    return;
  }
  std::string input;
  const EscapeAction action = escape_.filter(bytes, input);
  if (!input.empty()) to_guest_ += frame(wire::Operation::input, input);
  if (action == EscapeAction::leave) finish({End::left});
  if (action == EscapeAction::help) show_escape_help();
}

void Pump::show_escape_help() {
  error_.queue() +=
      "\r\nCtrl-A x       leave: switches the machine off\r\n"
      "Ctrl-A h       this help\r\n"
      "Ctrl-A Ctrl-A  a Ctrl-A for the program\r\n";
}

void Pump::read_link() {
  const std::string bytes = read_once(streams_.link);
  if (streams_.link < 0) to_guest_.clear();
  if (auto fed = reader_.feed(bytes, output_.queue(), error_.queue()); !fed) {
    streams_.link = -1;
    finish({End::bad_link, 0, fed.error().message});
  }
}

void Pump::read_log() {
  log_.feed(read_once(streams_.log));
  if ((log_.status() || log_.fatal()) && !give_up_) give_up_ = Clock::now() + kGrace;
}

void Pump::read_messages() {
  messages_ += read_once(streams_.messages);
  if (messages_.size() > kMostMessages) messages_.resize(kMostMessages);
}

void Pump::write_link() {
  const ssize_t done = ::send(streams_.link, to_guest_.data(), to_guest_.size(), MSG_NOSIGNAL);
  if (done >= 0) {
    to_guest_.erase(0, static_cast<std::size_t>(done));
  } else if (errno != EINTR && errno != EAGAIN) {
    to_guest_.clear();  // QEMU ends; what it still sent is to be read
    input_open_ = false;
  }
}

void Pump::take_signals() {
  for (int signal = signals_.take(); signal != 0; signal = signals_.take()) {
    if (signal != SIGWINCH) {
      finish({End::interrupted, signal});
    } else if (terminal_) {
      const WindowSize size = window_size();
      to_guest_ += window_size_frame(size.rows, size.columns);
    }
  }
}

int Pump::wait_ms(std::optional<Clock::time_point> deadline) const {
  if (give_up_) deadline = give_up_;
  if (!deadline) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

Outcome Pump::run(std::optional<Clock::time_point> deadline) {
  while (!outcome_) {
    arrange();
    if (::poll(waits_.data(), waits_.size(), wait_ms(deadline)) < 0 && errno != EINTR) break;
    if (ready(kSignals, POLLIN)) take_signals();
    if (ready(kLog, POLLIN | POLLHUP | POLLERR)) read_log();
    if (ready(kMessages, POLLIN | POLLHUP | POLLERR)) read_messages();
    if (ready(kLink, POLLIN | POLLHUP | POLLERR) && !output_.full() && !error_.full()) read_link();
    if (ready(kLink, POLLOUT) && !to_guest_.empty() && streams_.link >= 0) write_link();
    if (ready(kInput, POLLIN | POLLHUP | POLLERR | POLLNVAL)) read_input();
    if (ready(kOutput, POLLOUT | POLLERR | POLLHUP | POLLNVAL)) output_.write_some();
    if (ready(kError, POLLOUT | POLLERR | POLLHUP | POLLNVAL)) error_.write_some();
    if (output_.broken()) finish({End::output_closed});

    const auto now = Clock::now();
    if (give_up_ && now >= *give_up_) {
      // It said its last word and stays: taken as switched off. What is on the link is still read.
      streams_.log = streams_.messages = -1;
      give_up_.reset();
      if (streams_.link >= 0) {
        read_link();
        streams_.link = -1;
      }
    }
    if (machine_gone() && output_.empty() && error_.empty()) {
      finish({End::stopped});
    } else if (!give_up_ && deadline && now >= *deadline) {
      finish({End::timed_out});
    }
  }
  Outcome outcome = outcome_.value_or(Outcome{});
  if (outcome.end == End::stopped) outcome.text = messages_;
  return outcome;
}

}  // namespace tessera::tools::run
