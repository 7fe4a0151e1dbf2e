// SPDX-License-Identifier: Apache-2.0
// arch_prctl: the thread pointer and GS base.
#include <linux_arch/registers.hpp>

#include "components/linux/core/guest_memory.hpp"
#include "components/linux/nucleus/carrier.hpp"
#include "components/linux/nucleus/vector_area.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/syscall/beside.hpp"
#include "components/linux/syscall/table.hpp"

namespace tessera::lx {

static constexpr std::uint64_t kSetFs = 0x1002;

std::optional<std::int64_t> beside_arch_prctl(const Arguments& arguments) {
  if (arguments[0] != kSetFs || arguments[1] >= kGuestLimit) return std::nullopt;
  current_or_null()->registers().fs_base = arguments[1];
  return 0;
}

Result<std::int64_t> sys_arch_prctl(const Arguments& arguments) {
  constexpr std::uint64_t kSetGs = 0x1001, kGetFs = 0x1003, kGetGs = 0x1004, kGetCpuId = 0x1011,
                          kSetCpuId = 0x1012;
  Thread& self = current_thread();
  Registers& guest = self.registers();
  switch (arguments[0]) {
    case kSetFs:
      if (arguments[1] >= kGuestLimit) return fail(Errno::eperm);
      guest.fs_base = arguments[1];
      return 0;
    case kSetGs:
      if (arguments[1] >= kGuestLimit) return fail(Errno::eperm);
      self.carrier->sync();  // loading GS base loads the vector state with it
      claim_vectors(guest);
      guest.gs_base = arguments[1];
      return 0;
    case kGetFs: TRY(write_guest(arguments[1], guest.fs_base)); return 0;
    case kGetGs:
      self.carrier->sync();
      TRY(write_guest(arguments[1], guest.gs_base));
      return 0;
    case kGetCpuId: return 1;
    case kSetCpuId: return fail(Errno::enodev);
    default: return fail(Errno::einval);
  }
}

}  // namespace tessera::lx
