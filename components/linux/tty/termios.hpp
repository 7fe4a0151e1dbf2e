// SPDX-License-Identifier: Apache-2.0
// termios(3): the flags that the terminal acts on, with Linux's values.
#pragma once

#include <cstddef>
#include <cstdint>

#include "components/linux/fs/abi.hpp"

namespace tessera::lx {

// c_iflag
inline constexpr std::uint32_t kStripBit = 040, kNewlineToReturn = 0100, kIgnoreReturn = 0200, kReturnToNewline = 0400,
                               kFlowControl = 02000, kAnyRestarts = 04000, kBell = 020000, kUtf8 = 040000;
// c_oflag
inline constexpr std::uint32_t kPostProcess = 1, kLowerToUpper = 2, kNewlineToReturnNewline = 4, kOutReturnToNewline = 010,
                               kNoReturnAtStart = 020, kNewlineReturns = 040, kTabMask = 014000, kExpandTabs = 014000;
// c_lflag
inline constexpr std::uint32_t kSignals = 1, kCanonical = 2, kEcho = 010, kEchoErase = 020, kEchoKill = 040,
                               kEchoNewline = 0100, kNoFlush = 0200, kStopBackground = 0400, kEchoControl = 01000,
                               kEchoPrint = 02000, kEchoKillErase = 04000, kExtended = 0100000;
// c_cc
enum ControlCharacter : std::size_t {
  kInterrupt = 0, kQuit = 1, kErase = 2, kKill = 3, kEndOfFile = 4, kTime = 5, kMinimum = 6, kSwitch = 7, kStart = 8,
  kStop = 9, kSuspend = 10, kEndOfLine = 11, kReprint = 12, kDiscard = 13, kWordErase = 14, kLiteralNext = 15,
  kEndOfLine2 = 16,
};

// What Linux gives a new terminal, with UTF-8 editing on.
abi::Termios default_termios();

}  // namespace tessera::lx
