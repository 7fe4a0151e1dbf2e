// SPDX-License-Identifier: Apache-2.0
// Carries bytes between our standard streams and the running machine until it
// ends, with back-pressure in both directions: what one side does not take, the
// other is not asked for.
#pragma once

#include <poll.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "tools/run/escape.hpp"
#include "tools/run/frames.hpp"
#include "tools/run/log.hpp"
#include "tools/run/output.hpp"
#include "tools/run/signals.hpp"

namespace tessera::tools::run {

enum class End : std::uint8_t {
  stopped,       // QEMU is gone; the log may say how
  timed_out,     // QEMU still runs
  left,          // the user left by the escape key
  interrupted,   // by a signal
  output_closed, // nobody reads our output any more
  bad_link,      // the machine broke the link's protocol
};

struct Outcome {
  End end = End::stopped;
  int signal = 0;       // interrupted
  std::string text{};   // bad_link: what is wrong; stopped: what QEMU printed
};

// The machine's side: streams that do not block.
struct Streams {
  int link = -1;
  int log = -1;
  int messages = -1;  // of QEMU itself
};

class Pump {
 public:
  using Clock = std::chrono::steady_clock;

  Pump(Streams streams, MachineLog& log, Signals& signals, CoreFiles& cores, bool terminal);

  // Runs until the machine ends or DEADLINE passes.
  [[nodiscard]] Outcome run(std::optional<Clock::time_point> deadline);

 private:
  void arrange();                     // what to wait for
  void read_input();
  void read_link();
  void read_log();
  void read_messages();
  void write_link();
  void take_signals();
  void show_escape_help();
  void finish(Outcome outcome);
  [[nodiscard]] int wait_ms(std::optional<Clock::time_point> deadline) const;
  [[nodiscard]] bool machine_gone() const { return streams_.link < 0 && streams_.log < 0 && streams_.messages < 0; }

  enum Watch : std::uint8_t { kInput, kLink, kLog, kMessages, kOutput, kError, kSignals, kWatches };
  [[nodiscard]] bool ready(Watch which, short events) const { return (waits_.at(which).revents & events) != 0; }

  Streams streams_;
  MachineLog& log_;
  Signals& signals_;
  bool terminal_;
  bool input_open_ = true;
  EscapeKey escape_;
  FrameReader reader_;
  std::string to_guest_;
  Output output_;
  Output error_;
  std::string messages_;
  std::optional<Clock::time_point> give_up_;  // when a machine that said its last word is ended
  std::optional<Outcome> outcome_;
  std::array<pollfd, kWatches> waits_{};
};

}  // namespace tessera::tools::run
