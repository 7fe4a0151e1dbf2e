// SPDX-License-Identifier: Apache-2.0
// Numbers of seccomp(2) and classic BPF, as far as the tests use them.
#pragma once

struct instruction {
  unsigned short code;
  unsigned char yes, no;
  unsigned k;
};
enum { kSetStrict = 0, kSetFilter = 1, kActionAvailable = 2 };
enum { kSynchronize = 1, kSynchronizeSearch = 16 };
enum { kLoadWord = 0x20, kJump = 0x05, kIfEqual = 0x15, kReturn = 0x06 };
#define kKillProcess 0x80000000u
enum { kKillThread = 0, kTrap = 0x30000, kErrno = 0x50000, kTrace = 0x7ff00000, kLog = 0x7ffc0000, kAllow = 0x7fff0000 };
