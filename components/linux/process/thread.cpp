// SPDX-License-Identifier: Apache-2.0
#include "components/linux/process/thread.hpp"

#include <algorithm>

#include "components/linux/explain/explain.hpp"
#include "components/linux/nucleus/carrier.hpp"
#include "components/linux/process/pidfd.hpp"
#include "components/linux/process/prepare_exec.hpp"
#include "components/linux/process/process.hpp"
#include "components/linux/time/posix_timers.hpp"
#include "components/linux/trace/tracee.hpp"

namespace tessera::lx {


Thread::Thread(Process& owner, std::int32_t id) : process(owner), tid(id), watched(explaining()) { attention = watched; }
Thread::~Thread() = default;

tessera::abi::GuestState& Thread::registers() { return carrier->guest(); }

void Thread::set_name(std::string_view text) {
  name.fill('\0');
  std::copy_n(text.begin(), std::min(text.size(), name.size() - 1), name.begin());
}

Process::Process(std::int32_t id) : pid(id) {}
Process::~Process() {
  if (!handle) return;
  handle->process = nullptr;
  handle->ended.wake_all();
}

}  // namespace tessera::lx
