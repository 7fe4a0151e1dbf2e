// SPDX-License-Identifier: Apache-2.0
// The greatest part of execve, done before the call takes the big lock: arguments, the
// program's headers, and the new address space with what it begins with. The lock is shared
// where names are looked for. What this gives up, for whatever reason, is done again with the
// lock held, and that is also where errors come from.
#pragma once

#include <optional>

#include "components/linux/exec/load.hpp"
#include "components/linux/process/exec_credentials.hpp"
#include "components/linux/syscall/table.hpp"

namespace tessera::lx {

struct PreparedExec {
  Arguments call{};
  std::string name;  // as the caller wrote it
  std::optional<ElfProgram> program, interpreter;
  std::optional<ExecCredentials> credentials;
  LoadParts parts;
  std::optional<LoadedProgram> loaded;  // none: given up, and only to be destroyed with the lock held
};

// Of the call that `self` has begun and for which it does not have the lock.
void prepare_exec(Thread& self, const Arguments& call);
// With the lock: what was prepared for this call and is complete, or null.
[[nodiscard]] std::unique_ptr<PreparedExec> take_prepared_exec(Thread& self, const Arguments& call);

}  // namespace tessera::lx
