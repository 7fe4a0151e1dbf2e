// SPDX-License-Identifier: Apache-2.0
// Where memory shall come from (mbind, set_mempolicy and their relatives), in a container
// that is one node, whatever nodes of the machine its memory is of: policies are checked as Linux does, kept and told; all memory is on node 0.
// And memory protection keys, as on a processor without them.
#include <algorithm>
#include <array>

#include "components/linux/core/guest_memory.hpp"
#include "components/linux/memory/address_space.hpp"
#include "components/linux/memory/ranges.hpp"
#include "components/linux/process/contract.hpp"
#include "components/linux/process/process.hpp"
#include "components/linux/process/registry.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/syscall/table.hpp"

namespace tessera::lx {

namespace {

// MPOL_* of Linux.
constexpr std::uint32_t kDefault = 0, kPreferred = 1, kBind = 2, kInterleave = 3, kLocal = 4, kPreferredMany = 5,
                        kModes = 7;
constexpr std::uint32_t kStaticNodes = 0x8000, kRelativeNodes = 0x4000, kBalancing = 0x2000,
                        kModeFlags = kStaticNodes | kRelativeNodes | kBalancing;
constexpr std::uint64_t kMostBits = kPageBytes * 8;

std::uint32_t low(std::uint64_t value) { return static_cast<std::uint32_t>(value); }
AddressSpace& memory() { return *current_thread().memory; }
bool may_move_others() { return current_credentials().euid == 0; }  // CAP_SYS_NICE

// A set of nodes; `count` is one more than the bits that there are. Nodes beyond 63 are
// more than Linux is ever built for here: EINVAL.
Result<std::uint64_t> nodes_at(std::uint64_t address, std::uint64_t count) {
  if (address == 0 || count - 1 == 0 || count == 0) return 0U;
  const std::uint64_t bits = count - 1;
  if (bits > kMostBits) return fail(Errno::einval);
  std::uint64_t nodes = TRY(read_guest<std::uint64_t>(address));
  if (bits < 64) nodes &= (std::uint64_t{1} << bits) - 1;
  for (std::uint64_t word = 1; word * 64 < bits; ++word)
    if (TRY(read_guest<std::uint64_t>(address + word * sizeof(std::uint64_t))) != 0) return fail(Errno::einval);
  return nodes;
}

Result<void> tell_nodes(std::uint64_t address, std::uint64_t count, bool first) {
  if (address == 0) return {};
  const std::uint64_t words = (std::min(count - 1, kMostBits) + 63) / 64;
  for (std::uint64_t word = 0; word < words; ++word)
    TRY(write_guest(address + word * sizeof(std::uint64_t), std::uint64_t{word == 0 && first ? 1U : 0U}));
  return {};
}

Result<MemoryPolicy> checked_policy(std::uint32_t wanted, std::uint64_t nodes) {
  const std::uint32_t flags = wanted & kModeFlags;
  std::uint32_t mode = wanted & ~kModeFlags;
  if (mode >= kModes) return fail(Errno::einval);
  if ((flags & kStaticNodes) != 0 && (flags & kRelativeNodes) != 0) return fail(Errno::einval);
  if ((flags & kBalancing) != 0 && mode != kBind && mode != kPreferredMany) return fail(Errno::einval);
  const bool placed = (flags & (kStaticNodes | kRelativeNodes)) != 0;
  if (mode == kDefault) return nodes != 0 ? fail(Errno::einval) : Result<MemoryPolicy>(MemoryPolicy{});
  if (mode == kLocal || (mode == kPreferred && nodes == 0)) {
    if (nodes != 0 || placed) return fail(Errno::einval);
    mode = kLocal;
  } else if (nodes == 0) {
    return fail(Errno::einval);
  } else if ((nodes & 1) == 0 && (flags & kRelativeNodes) == 0) {
    return fail(Errno::einval);  // none of them is there
  }
  return MemoryPolicy{.mode = static_cast<std::uint16_t>(mode | flags), .names_node = mode != kLocal};
}

// 0 is the caller. ESRCH, EPERM.
Result<Thread*> whose_memory(std::uint64_t number) {
  if (low(number) == 0) return &current_thread();
  Thread* const thread = registry().thread(static_cast<std::int32_t>(low(number)));
  if (thread == nullptr) return fail(Errno::esrch);
  if (!may_inspect(thread->process.pid)) return fail(Errno::eperm);
  return thread;
}

// move_pages' answer for one page: node 0, or why not.
std::int32_t node_of(AddressSpace& space, std::uint64_t address) {
  if (address >= kGuestLimit || space.areas().find(address) == nullptr) return -static_cast<std::int32_t>(Errno::efault);
  const PageEntry entry = space.pages().get(address / kPageBytes);
  if (!entry.valid()) return -static_cast<std::int32_t>(Errno::enoent);
  return is_zero_frame(entry.frame()) ? -static_cast<std::int32_t>(Errno::efault) : 0;
}

}  // namespace

Result<std::int64_t> sys_set_mempolicy(const Arguments& arguments) {
  const std::uint64_t nodes = TRY(nodes_at(arguments[1], arguments[2]));
  current_thread().memory_policy = TRY(checked_policy(low(arguments[0]), nodes));
  return 0;
}

Result<std::int64_t> sys_get_mempolicy(const Arguments& arguments) {
  constexpr std::uint64_t kNode = 1, kAddress = 2, kAllowed = 4;
  const std::uint64_t flags = arguments[4];
  if (arguments[1] != 0 && arguments[2] < 1) return fail(Errno::einval);
  if ((flags & ~(kNode | kAddress | kAllowed)) != 0) return fail(Errno::einval);
  MemoryPolicy policy = current_thread().memory_policy;
  std::int32_t told = 0;
  bool first = false;
  if ((flags & kAllowed) != 0) {
    if ((flags & (kNode | kAddress)) != 0) return fail(Errno::einval);
    first = true;
  } else {
    if ((flags & kAddress) != 0) {
      const Area* const area = memory().areas().find(arguments[3]);
      if (area == nullptr) return fail(Errno::efault);
      policy = area->policy;
    } else if (arguments[3] != 0) {
      return fail(Errno::einval);
    }
    told = policy.mode;
    first = policy.names_node;
    if ((flags & kNode) != 0) {
      if ((flags & kAddress) == 0 && (policy.mode & ~kModeFlags) != kInterleave) return fail(Errno::einval);
      if ((flags & kAddress) != 0 && !memory().populate(page_down(arguments[3]), kPageBytes)) return fail(Errno::efault);
      told = 0;
    }
  }
  if (arguments[0] != 0) TRY(write_guest(arguments[0], told));
  TRY(tell_nodes(arguments[1], arguments[2], first));
  return 0;
}

Result<std::int64_t> sys_mbind(const Arguments& arguments) {
  constexpr std::uint32_t kStrict = 1, kMove = 2, kMoveAll = 4;
  const std::uint64_t nodes = TRY(nodes_at(arguments[3], arguments[4]));
  const std::uint32_t flags = low(arguments[5]);
  if ((flags & ~(kStrict | kMove | kMoveAll)) != 0) return fail(Errno::einval);
  if ((flags & kMoveAll) != 0 && !may_move_others()) return fail(Errno::eperm);
  const std::uint64_t bytes = TRY(checked_range(arguments[0], arguments[1], Errno::einval));
  if (bytes == 0) return 0;
  const MemoryPolicy policy = TRY(checked_policy(low(arguments[2]), nodes));
  TRY(memory().set_policy(arguments[0], bytes, policy));
  return 0;
}

Result<std::int64_t> sys_set_mempolicy_home_node(const Arguments& arguments) {
  if (arguments[3] != 0 || arguments[2] != 0) return fail(Errno::einval);
  const std::uint64_t bytes = TRY(checked_range(arguments[0], arguments[1], Errno::einval));
  if (bytes == 0) return 0;
  Result<std::int64_t> outcome = fail(Errno::enoent);
  memory().areas().for_each(arguments[0], arguments[0] + bytes, [&](const Area& area) {
    const std::uint32_t mode = area.policy.mode & ~kModeFlags;
    if (mode == kDefault || (!outcome && outcome.error() == Errno::eopnotsupp)) return;
    if (mode == kBind || mode == kPreferredMany) outcome = 0;
    else outcome = fail(Errno::eopnotsupp);
  });
  return outcome;
}

Result<std::int64_t> sys_migrate_pages(const Arguments& arguments) {
  (void)TRY(nodes_at(arguments[2], arguments[1]));
  const std::uint64_t to = TRY(nodes_at(arguments[3], arguments[1]));
  TRY(whose_memory(arguments[0]));
  if ((to & ~std::uint64_t{1}) != 0 && !may_move_others()) return fail(Errno::eperm);
  if ((to & 1) == 0) return fail(Errno::einval);
  return 0;  // pages that stayed where they were: none has another node to go to
}

Result<std::int64_t> sys_move_pages(const Arguments& arguments) {
  constexpr std::uint32_t kMove = 2, kMoveAll = 4;
  const std::uint32_t flags = low(arguments[5]);
  if ((flags & ~(kMove | kMoveAll)) != 0) return fail(Errno::einval);
  if ((flags & kMoveAll) != 0 && !may_move_others()) return fail(Errno::eperm);
  Thread* const target = TRY(whose_memory(arguments[0]));
  if (!target->memory) return fail(Errno::esrch);
  const std::uint64_t count = arguments[1];
  for (std::uint64_t at = 0; at < count; ++at) {
    const auto address = TRY(read_guest<std::uint64_t>(arguments[2] + at * sizeof(std::uint64_t)));
    if (arguments[3] != 0) {
      const auto node = TRY(read_guest<std::int32_t>(arguments[3] + at * sizeof(std::int32_t)));
      if (node != 0) return fail(Errno::enodev);
    }
    TRY(write_guest(arguments[4] + at * sizeof(std::int32_t), node_of(*target->memory, address)));
  }
  return 0;
}

Result<std::int64_t> sys_pkey_alloc(const Arguments& arguments) {
  constexpr std::uint64_t kRights = 3;
  if (arguments[0] != 0 || (arguments[1] & ~kRights) != 0) return fail(Errno::einval);
  return fail(Errno::enospc);
}

Result<std::int64_t> sys_pkey_free(const Arguments&) { return fail(Errno::einval); }

Result<std::int64_t> sys_mprotect(const Arguments& arguments);
Result<std::int64_t> sys_pkey_mprotect(const Arguments& arguments) {
  const bool none = low(arguments[3]) == ~std::uint32_t{0};
  if (!none && arguments[0] % kPageBytes == 0 && arguments[1] == 0) return 0;
  return none ? sys_mprotect(arguments) : fail(Errno::einval);
}

}  // namespace tessera::lx
