// SPDX-License-Identifier: Apache-2.0
// What a thread's system calls go through once it asked for that: seccomp(2).
//
// Such a thread has another table of calls (Thread::calls is watched_calls), so the
// path of others tests nothing more than it did before.
#pragma once

#include <cstdint>

#include "components/linux/core/ref.hpp"
#include "components/linux/seccomp/program.hpp"

namespace tessera::lx {

class Thread;

enum class SeccompMode : std::uint8_t { none, strict, filter };

// One filter and those it was added to. Never changed once it is made; threads share it.
class SeccompFilter final : public RefCounted {
 public:
  SeccompFilter(BpfProgram checked, Ref<SeccompFilter> below, bool log);
  ~SeccompFilter() override;
  const BpfProgram program;
  const bool logs;
  [[nodiscard]] const SeccompFilter* older() const { return older_.get(); }
  [[nodiscard]] std::uint32_t count() const { return count_; }
  // Instructions of all, and some for each: what one call may come to run.
  [[nodiscard]] std::size_t cost() const { return cost_; }
  [[nodiscard]] bool descends_from(const SeccompFilter* filter) const;

 private:
  Ref<SeccompFilter> older_;
  std::uint32_t count_;
  std::size_t cost_;
};

// Of a thread that is made: the same as its parent's.
void inherit_seccomp(Thread& child, const Thread& parent);
// prctl(PR_SET_SECCOMP).
Result<std::int64_t> set_seccomp(std::uint64_t mode, std::uint64_t filter);
// The calling thread's call may go on: nothing. Otherwise what it is answered, and perhaps a signal waits or its end.
struct SeccompVerdict {
  bool allowed = true;
  std::int64_t result = 0;
};
SeccompVerdict ask_seccomp(Thread& thread);

}  // namespace tessera::lx
