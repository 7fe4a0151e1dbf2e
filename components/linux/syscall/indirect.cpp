// SPDX-License-Identifier: Apache-2.0
#include "components/linux/syscall/indirect.hpp"

#include "components/linux/process/contract.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/syscall/dispatch.hpp"
#include "components/linux/syscall/unsupported.hpp"

namespace tessera::lx {

Result<std::int64_t> sys_indirect(const Arguments& arguments) {
  Thread& self = current_thread();
  if (const SeccompVerdict verdict = ask_seccomp(self); !verdict.allowed) return verdict.result;
  const std::uint64_t number = self.system_call;
  return number < kSystemCallCount ? system_calls[static_cast<std::size_t>(number)](arguments) : sys_unsupported(arguments);
}

}  // namespace tessera::lx
