// SPDX-License-Identifier: Apache-2.0
// A program on a pseudo-terminal, and the person before it.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "tests/system/terminal/screen_text.hpp"
#include "tools/support/result.hpp"
#include "tools/support/unique_fd.hpp"

namespace tessera::tests {

class Terminal {
 public:
  using Clock = std::chrono::steady_clock;

  Terminal() = default;
  Terminal(Terminal&&) = delete;
  Terminal& operator=(Terminal&&) = delete;
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal();  // ends the program

  // 24 rows, 80 columns.
  [[nodiscard]] tools::Result<void> start(std::vector<std::string> words);
  [[nodiscard]] tools::Result<void> type(const std::string& keys);
  // More than fits: reads what the program shows meanwhile.
  [[nodiscard]] tools::Result<void> paste(std::string_view keys, Clock::time_point deadline);
  [[nodiscard]] tools::Result<void> resize(unsigned rows, unsigned columns);

  // Reads until WANTED appears behind the last match. False when it does not in
  // time or when the program ended.
  [[nodiscard]] bool wait_for(const std::string& wanted, Clock::time_point deadline);

  // The program's status, when it ended in time.
  [[nodiscard]] std::optional<int> wait_for_end(Clock::time_point deadline);

  [[nodiscard]] const std::string& text() const { return text_; }  // all that was shown
  // What the last wait_for passed over, and what came since.
  [[nodiscard]] std::string passed() const { return text_.substr(before_, matched_ - before_); }

 private:
  bool read_more(Clock::time_point deadline);

  tools::UniqueFd stream_;
  pid_t process_ = -1;
  ScreenText screen_;
  std::string text_;
  std::size_t before_ = 0;   // where the last search began
  std::size_t matched_ = 0;  // where it ended
};

}  // namespace tessera::tests
