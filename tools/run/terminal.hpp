// SPDX-License-Identifier: Apache-2.0
// The user's terminal in raw mode, for as long as the object lives. It is put
// back even when the tool itself crashes.
#pragma once

#include <cstdint>
#include <optional>

#include "tools/support/result.hpp"

namespace tessera::tools::run {

struct WindowSize {
  std::uint16_t rows = 24;
  std::uint16_t columns = 80;
};

// Whether both standard input and output are a terminal: then a program gets one too.
[[nodiscard]] bool on_terminal();
[[nodiscard]] WindowSize window_size();

class RawTerminal {
 public:
  RawTerminal() = default;
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;
  RawTerminal(RawTerminal&&) = delete;
  RawTerminal& operator=(RawTerminal&&) = delete;
  ~RawTerminal() { restore(); }

  [[nodiscard]] Result<void> enter();
  void restore();

 private:
  bool raw_ = false;
};

}  // namespace tessera::tools::run
