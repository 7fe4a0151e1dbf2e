// SPDX-License-Identifier: Apache-2.0
// /proc/PID/syscall: the call in which a thread waits.
#include <linux_arch/registers.hpp>

#include "components/linux/core/log.hpp"
#include "components/linux/process/contract.hpp"
#include "components/linux/process/registry.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/trace/registers.hpp"

namespace tessera::lx {

Result<std::string> thread_call(std::int32_t tid) {
  Thread* const thread = registry().thread(tid);
  if (thread == nullptr) return fail(Errno::esrch);
  if (thread->sleeping == SleepState::awake) return std::string("running\n");
  const Registers& guest = thread->registers();
  std::string text;
  if (thread->system_call == kNoCall) {
    text = "-1";
  } else {
    text = decimal(thread->system_call);
    for (const std::uint64_t argument : call_arguments(guest)) text += " " + hexadecimal(argument);
  }
  return text + " " + hexadecimal(stack_pointer(guest)) + " " + hexadecimal(instruction_pointer(guest)) + "\n";
}

}  // namespace tessera::lx
