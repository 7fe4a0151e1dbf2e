// SPDX-License-Identifier: Apache-2.0
// exit and exit_group.
#include "components/linux/process/end.hpp"
#include "components/linux/process/process.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/syscall/table.hpp"

namespace tessera::lx {

Result<std::int64_t> sys_exit(const Arguments& arguments) {
  end_thread(current_thread(), static_cast<int>(arguments[0] & 0xff));
  return 0;
}

Result<std::int64_t> sys_exit_group(const Arguments& arguments) {
  end_process(current_thread().process, static_cast<int>(arguments[0] & 0xff) << 8);
  return 0;
}

}  // namespace tessera::lx
