// SPDX-License-Identifier: Apache-2.0
// Threads that the measured thread works with: in its own address space or in a
// second one that holds nothing but their few instructions. They share the
// component's capability table and budget, so that a row differs from its sister
// in the address space alone.
#pragma once

#include <cstddef>
#include <cstdint>

#include <abi/start.hpp>

#include "components/bench/loops.hpp"
#include "lib/rt/objects.hpp"
#include "lib/rt/raw_memory.hpp"

namespace tessera::bench {

enum class Where : std::uint8_t { own_space, other_space };

struct PeerOptions {
  const std::byte* entry = nullptr;  // one of bench_peer_*
  Where where = Where::own_space;
  PeerParameters parameters;
  std::uint64_t priority = 0;
  rt::Handle fault = 0;  // endpoint that gets its faults; 0: the supervisor
};

class Peers {
 public:
  Peers();

  // A thread that runs at the latest when the caller waits or yields.
  rt::Handle start(const PeerOptions& options);
  // The measured thread takes its priority. Urgent peers can be started before only: no
  // thread makes another that is more urgent than itself.
  void settle();
  // What a peer of the other space writes at kNotedThere.
  [[nodiscard]] std::uint64_t& noted() const { return rt::object_at<std::uint64_t>(noted_.address); }
  static constexpr std::uint64_t kNotedThere = abi::kImageAddress + 0x10'0000;

  // Ends it for good.
  void end(rt::Handle thread);

 private:
  static constexpr unsigned kBits = 16;
  static constexpr std::uint64_t kParametersOffset = 2048;  // in the first page, behind the code
  static constexpr std::uint64_t kMostThreads = 15;         // a message page each, behind the first page

  rt::Mapping noted_;
  rt::Mapping shared_;    // first page: code and parameters; then message pages
  rt::Handle space_ = 0;  // the other one: first page readable and executable at abi::kImageAddress
  std::uint64_t used_ = 0;
};

[[nodiscard]] Peers& peers();

// Priorities: the measured thread and its peers run at kPriority, urgent peers above it.
inline constexpr std::uint64_t kUrgentPriority = 99;
inline constexpr std::uint64_t kPriority = 98;

}  // namespace tessera::bench
