// SPDX-License-Identifier: Apache-2.0
#include "components/linux/trace/call_info.hpp"

#include <algorithm>
#include <linux_arch/program.hpp>
#include <linux_arch/registers.hpp>
#include <span>

#include "components/linux/process/thread.hpp"
#include "components/linux/trace/registers.hpp"
#include "components/linux/trace/tracee.hpp"

namespace tessera::lx {

CallInfo call_info(Thread& thread) {
  constexpr std::uint8_t kEntry = 1, kExit = 2;
  constexpr std::size_t kHeadBytes = 24, kEntryBytes = 80, kExitBytes = 33;
  constexpr std::int32_t kGoodCall = kSigTrap | 0x80;
  constexpr std::int64_t kLargestError = 4095;
  const Tracee& traced = *thread.traced;
  const Registers& guest = thread.registers();
  CallInfo info;
  info.bytes = kHeadBytes;
  info.text.architecture = kAuditArchitecture;
  info.text.instruction_pointer = instruction_pointer(guest);
  info.text.stack_pointer = stack_pointer(guest);
  if (!traced.has_info || traced.info.code != kGoodCall) return info;
  if (traced.stop == StopKind::call_entry) {
    const auto arguments = call_arguments(guest);
    info.bytes = kEntryBytes;
    info.text.kind = kEntry;
    info.text.words[0] = thread.system_call;
    std::ranges::copy(arguments, std::span(info.text.words).subspan(1).begin());
  } else if (traced.stop == StopKind::call_exit) {
    const std::int64_t result = thread.restart ? -static_cast<std::int64_t>(*thread.restart)
                                               : static_cast<std::int64_t>(call_result(guest));
    info.bytes = kExitBytes;
    info.text.kind = kExit;
    info.text.words[0] = static_cast<std::uint64_t>(result);
    info.text.words[1] = result < 0 && result >= -kLargestError ? 1 : 0;
  }
  return info;
}

}  // namespace tessera::lx
