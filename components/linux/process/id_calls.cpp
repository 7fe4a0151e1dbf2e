// SPDX-License-Identifier: Apache-2.0
// getpid and what else a thread may ask or set about itself.
#include <algorithm>
#include <linux_arch/prctl.hpp>

#include "components/linux/core/guest_memory.hpp"
#include "components/linux/process/process.hpp"
#include "components/linux/process/registry.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/signal/signal.hpp"
#include "components/linux/syscall/beside.hpp"
#include "components/linux/syscall/table.hpp"

namespace tessera::lx {

Result<std::int64_t> sys_getpid(const Arguments&) { return current_or_null()->process.pid; }
Result<std::int64_t> sys_gettid(const Arguments&) { return current_or_null()->tid; }
std::optional<std::int64_t> beside_getpid(const Arguments&) { return current_or_null()->process.pid; }
std::optional<std::int64_t> beside_gettid(const Arguments&) { return current_or_null()->tid; }
Result<std::int64_t> sys_getppid(const Arguments&) {
  const Process* const parent = current_thread().process.parent;
  return parent != nullptr ? parent->pid : 0;
}

Result<std::int64_t> sys_set_tid_address(const Arguments& arguments) {
  Thread& self = current_thread();
  self.clear_child_tid = arguments[0];
  return self.tid;
}

Result<std::int64_t> sys_personality(const Arguments& arguments) {
  constexpr std::uint64_t kAsk = 0xffffffff;
  Process& process = current_thread().process;
  const auto old = static_cast<std::int64_t>(process.personality);
  if ((arguments[0] & kAsk) != kAsk) process.personality = arguments[0] & kAsk;
  return old;
}

std::optional<std::int64_t> beside_set_tid_address(const Arguments& arguments) {
  Thread& self = *current_or_null();
  self.clear_child_tid = arguments[0];
  return self.tid;
}

namespace {

// The ambient set is always empty: nothing can be raised in it.
Result<std::int64_t> ambient_capability(const Arguments& arguments) {
  constexpr std::uint64_t kIsSet = 1, kRaise = 2, kLower = 3, kClearAll = 4, kLast = 40;
  if (arguments[1] == kClearAll)
    return arguments[2] == 0 && arguments[3] == 0 && arguments[4] == 0 ? Result<std::int64_t>(0) : fail(Errno::einval);
  if (arguments[2] > kLast || arguments[3] != 0 || arguments[4] != 0) return fail(Errno::einval);
  switch (arguments[1]) {
    case kIsSet: case kLower: return 0;
    case kRaise: return fail(Errno::eperm);
    default: return fail(Errno::einval);
  }
}

}  // namespace

Result<std::int64_t> sys_prctl(const Arguments& arguments) {
  constexpr std::uint64_t kSetDeathSignal = 1, kGetDeathSignal = 2, kGetDumpable = 3, kSetDumpable = 4,
                          kGetKeepCaps = 7, kSetKeepCaps = 8, kGetTiming = 13, kSetTiming = 14, kSetName = 15,
                          kGetName = 16, kGetSeccomp = 21, kSetSeccomp = 22, kCapBoundRead = 23, kCapBoundDrop = 24,
                          kSetTimerSlack = 29, kGetTimerSlack = 30, kSetSubreaper = 36, kGetSubreaper = 37,
                          kSetNoNewPrivileges = 38, kGetNoNewPrivileges = 39, kGetTidAddress = 40,
                          kSetThpDisable = 41, kGetThpDisable = 42, kCapAmbient = 47;
  Thread& self = current_thread();
  Process& process = self.process;
  switch (arguments[0]) {
    case kSetDeathSignal:
      if (arguments[1] > kSignalCount) return fail(Errno::einval);
      self.parent_death_signal = static_cast<int>(arguments[1]);
      return 0;
    case kGetDeathSignal: TRY(write_guest(arguments[1], self.parent_death_signal)); return 0;
    case kGetDumpable: return process.dumpable ? 1 : 0;
    case kSetDumpable:
      if (arguments[1] > 1) return fail(Errno::einval);
      process.dumpable = arguments[1] != 0;
      return 0;
    case kGetKeepCaps: return process.keep_capabilities ? 1 : 0;
    case kSetKeepCaps:
      if (arguments[1] > 1) return fail(Errno::einval);
      process.keep_capabilities = arguments[1] != 0;
      return 0;
    case kGetTiming: return 0;
    case kSetTiming: return arguments[1] == 0 ? Result<std::int64_t>(0) : fail(Errno::einval);
    case kSetName: {
      std::array<char, 16> name{};
      const std::size_t got = copy_from_guest_partial(std::as_writable_bytes(std::span(name)), arguments[1]);
      const auto end = std::find(name.begin(), name.end(), '\0');
      if (got != name.size() && end == name.end()) return fail(Errno::efault);
      self.set_name(std::string_view(name.data(), static_cast<std::size_t>(end - name.begin())));
      return 0;
    }
    case kGetName: TRY(copy_to_guest(arguments[1], std::as_bytes(std::span(self.name)))); return 0;
    case kGetSeccomp: return static_cast<std::int64_t>(self.seccomp_mode);
    case kSetSeccomp: return set_seccomp(arguments[1], arguments[2]);
    case kCapBoundRead: return arguments[1] <= 40 ? Result<std::int64_t>(1) : fail(Errno::einval);
    case kCapBoundDrop:
      if (arguments[1] > 40) return fail(Errno::einval);
      return self.credentials->value.euid == 0 ? Result<std::int64_t>(0) : fail(Errno::eperm);
    case kSetTimerSlack: return 0;
    case kGetTimerSlack: return 50000;
    case kSetSubreaper: process.child_subreaper = arguments[1] != 0; return 0;
    case kGetSubreaper: TRY(write_guest(arguments[1], std::int32_t{process.child_subreaper ? 1 : 0})); return 0;
    case kSetNoNewPrivileges:
      if (arguments[1] != 1 || arguments[2] != 0 || arguments[3] != 0 || arguments[4] != 0) return fail(Errno::einval);
      process.no_new_privileges = true;
      return 0;
    case kGetNoNewPrivileges: return process.no_new_privileges ? 1 : 0;
    case kGetTidAddress: TRY(write_guest(arguments[1], self.clear_child_tid)); return 0;
    case kSetThpDisable: return 0;
    case kGetThpDisable: return 0;
    case kCapAmbient: return ambient_capability(arguments);
    default: return prctl_of_machine(arguments);
  }
}

namespace {

// Capability sets in the layout of version 3: two words each.
struct CapabilityHeader {
  std::uint32_t version = 0;
  std::int32_t pid = 0;
};
constexpr std::uint32_t kVersion1 = 0x19980330, kVersion2 = 0x20071026, kVersion3 = 0x20080522;
constexpr std::uint64_t kAllCapabilities = (std::uint64_t{1} << 41) - 1;

Result<std::size_t> capability_words(std::uint64_t header_address, CapabilityHeader& header) {
  header = TRY(read_guest<CapabilityHeader>(header_address));
  switch (header.version) {
    case kVersion1: return 1;
    case kVersion2: case kVersion3: return 2;
    default:
      TRY(write_guest(header_address, kVersion3));
      return fail(Errno::einval);
  }
}

}  // namespace

Result<std::int64_t> sys_capget(const Arguments& arguments) {
  CapabilityHeader header;
  const auto words = capability_words(arguments[0], header);
  if (!words) return arguments[1] == 0 && words.error() == Errno::einval ? Result<std::int64_t>(0) : fail(words.error());
  if (header.pid < 0) return fail(Errno::einval);
  const Thread* const thread = header.pid == 0 ? &current_thread() : registry().thread(header.pid);
  if (thread == nullptr) return fail(Errno::esrch);
  const Credentials& ids = thread->credentials->value;
  const std::uint64_t effective = ids.euid == 0 ? kAllCapabilities : 0;
  const std::uint64_t permitted = ids.euid == 0 || ids.uid == 0 || ids.suid == 0 ? kAllCapabilities : 0;
  if (arguments[1] == 0) return 0;
  for (std::size_t i = 0; i < *words; ++i) {
    const std::array<std::uint32_t, 3> sets{static_cast<std::uint32_t>(effective >> (32 * i)),
                                            static_cast<std::uint32_t>(permitted >> (32 * i)), 0};
    TRY(write_guest(arguments[1] + i * sizeof sets, sets));
  }
  return 0;
}

Result<std::int64_t> sys_capset(const Arguments& arguments) {
  CapabilityHeader header;
  const std::size_t words = TRY(capability_words(arguments[0], header));
  if (header.pid != 0 && header.pid != current_tid()) return fail(Errno::eperm);
  const bool root = current_credentials().euid == 0;
  for (std::size_t i = 0; i < words; ++i) {
    const auto sets = TRY((read_guest<std::array<std::uint32_t, 3>>(arguments[1] + i * 12)));
    // Nothing may be gained. What root gives up is not taken away: user ids alone
    // decide here.
    if (!root && (sets[0] != 0 || sets[1] != 0)) return fail(Errno::eperm);
  }
  return 0;
}

}  // namespace tessera::lx
