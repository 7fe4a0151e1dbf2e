// SPDX-License-Identifier: Apache-2.0
// The loops that are measured and those of the peers (arch/*/loops.S).
#pragma once

#include <abi/nucleus.hpp>
#include <cstdint>

namespace tessera::bench {

// What a peer's loop works with, at the address that is its argument.
struct PeerParameters {
  std::uint64_t handle = 0;  // what it waits on; for `fault` and `clock` the address
  std::uint64_t reply = 0;
  std::uint64_t tag = 0;
};

extern "C" {
// Does `count` system calls with this tag and these handles; the tag that the last one returned.
// The words are whatever is in the registers. kRepeatInstructions of its own each time.
std::uint64_t bench_repeat(std::uint64_t count, std::uint64_t tag, std::uint64_t handle, std::uint64_t reply);

// The peers' code: position-independent, copied to other address spaces.
extern const std::byte bench_peer_code;      // first byte
extern const std::byte bench_peer_code_end;  // behind the last
extern const std::byte bench_peer_answer;    // answers calls at once
extern const std::byte bench_peer_wait;      // waits on a notification again and again
extern const std::byte bench_peer_yield;     // yields for ever
extern const std::byte bench_peer_clock;     // notes the time-stamp counter again and again
extern const std::byte bench_peer_fault;     // reads an address where nothing is mapped
}

constexpr std::uint64_t tag_of(abi::Call call, std::uint64_t words = 0, std::uint64_t label = 0) {
  return static_cast<std::uint64_t>(call) | words << 8 | label << 32;
}

}  // namespace tessera::bench
