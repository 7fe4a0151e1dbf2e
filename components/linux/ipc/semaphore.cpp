// SPDX-License-Identifier: Apache-2.0
// System V semaphores: semget, semop, semtimedop, semctl, with SEM_UNDO.
//
// Who cannot go on waits on the set's queue and tries all of its operations
// again after each change. All sets together have at most kMostSemaphores semaphores.
#include "components/linux/fs/syscall_support.hpp"
#include "components/linux/ipc/semaphore.hpp"

#include <algorithm>
#include <linux_arch/layouts.hpp>
#include <vector>

#include "components/linux/core/guest_memory.hpp"
#include "components/linux/core/wait.hpp"
#include "components/linux/fs/text.hpp"
#include "components/linux/ipc/limits.hpp"
#include "components/linux/ipc/object.hpp"
#include "components/linux/ipc/table.hpp"
#include "components/linux/process/process.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/syscall/table.hpp"
#include "components/linux/time/convert.hpp"

namespace tessera::lx {

namespace {

constexpr std::int32_t kMostValue = 32767;
constexpr std::uint64_t kMostUndoEntries = 1024000;
constexpr std::int16_t kNoWait = 04000, kUndo = 010000;

// struct sembuf.
struct Operation {
  std::uint16_t number = 0;
  std::int16_t change = 0, flags = 0;
};
static_assert(sizeof(Operation) == 6);

struct Semaphore {
  std::int32_t value = 0, last_pid = 0;
  std::uint32_t wait_increase = 0, wait_zero = 0;  // threads
};

// What is added when the process ends.
struct Undo {
  const Process* process = nullptr;
  std::vector<std::int32_t> changes;
};

class SemaphoreSet final : public RefCounted {
 public:
  SemaphoreSet(std::int32_t number, std::int32_t key, std::int32_t count, std::uint32_t mode)
      : id(number), permissions(new_permissions(key, mode)), semaphores(static_cast<std::size_t>(count)) {}
  const std::int32_t id;
  IpcPermissions permissions;
  std::vector<Semaphore> semaphores;
  std::vector<Undo> undos;
  std::int64_t operation_time = 0, change_time = ipc_time();
  bool removed = false;
  WaitQueue changed;
};

IpcTable<SemaphoreSet>& sets() {
  static auto* all = new IpcTable<SemaphoreSet>;
  return *all;
}
std::uint64_t all_semaphores = 0, all_undo_entries = 0;

Result<Ref<SemaphoreSet>> set_of(std::int32_t id) {
  SemaphoreSet* const set = sets().find(id);
  if (set == nullptr) return fail(Errno::einval);
  return Ref<SemaphoreSet>(set);
}

// Room for what the process' end undoes. ENOMEM.
Result<void> prepare_undo(SemaphoreSet& set, const Process& process) {
  if (std::ranges::find(set.undos, &process, &Undo::process) != set.undos.end()) return {};
  if (all_undo_entries + set.semaphores.size() > kMostUndoEntries) return fail(Errno::enomem);
  all_undo_entries += set.semaphores.size();
  set.undos.push_back({&process, std::vector<std::int32_t>(set.semaphores.size())});
  return {};
}

// The operations, all or none. Null: done. Else the one that must wait.
Result<const Operation*> attempt(SemaphoreSet& set, std::span<const Operation> operations) {
  const Process& process = current_thread().process;
  std::size_t done = 0;
  const auto take_back = [&] {
    while (done != 0) {
      --done;
      set.semaphores[operations[done].number].value -= operations[done].change;
    }
  };
  for (; done < operations.size(); ++done) {
    const Operation& operation = operations[done];
    Semaphore& semaphore = set.semaphores[operation.number];
    const std::int32_t next = semaphore.value + operation.change;
    if (operation.change == 0 ? semaphore.value != 0 : next < 0) {
      take_back();
      return &operation;
    }
    if (next > kMostValue) {
      take_back();
      return fail(Errno::erange);
    }
    semaphore.value = next;
  }
  for (const Operation& operation : operations) {
    set.semaphores[operation.number].last_pid = process.pid;
    if (operation.change == 0 || (operation.flags & kUndo) == 0) continue;
    std::ranges::find(set.undos, &process, &Undo::process)->changes[operation.number] -= operation.change;
  }
  set.operation_time = ipc_time();
  set.changed.wake_all();
  return nullptr;
}

Result<std::int64_t> operate(const Arguments& a, std::uint64_t deadline_ns) {
  const std::uint64_t count = a[2] & 0xffff'ffff;
  if (count == 0 || int32(a[0]) < 0) return fail(Errno::einval);
  if (count > kMostSemaphoreOperations) return fail(Errno::e2big);
  std::vector<Operation> operations(static_cast<std::size_t>(count));
  TRY(copy_from_guest(std::as_writable_bytes(std::span(operations)), a[1]));
  const Ref<SemaphoreSet> set = TRY(set_of(int32(a[0])));
  const auto beyond = [&](const Operation& operation) { return operation.number >= set->semaphores.size(); };
  if (std::ranges::any_of(operations, beyond)) return fail(Errno::efbig);
  const bool alters = std::ranges::any_of(operations, [](const Operation& operation) { return operation.change != 0; });
  TRY(check_ipc_access(set->permissions, alters ? 0222 : 0444));
  const bool undoes = std::ranges::any_of(
      operations, [](const Operation& operation) { return operation.change != 0 && (operation.flags & kUndo) != 0; });
  if (undoes) TRY(prepare_undo(*set, current_thread().process));
  WaitNode node(current_thread(), set->changed);
  for (;;) {
    const Operation* const stuck = TRY(attempt(*set, operations));
    if (stuck == nullptr) return 0;
    if ((stuck->flags & kNoWait) != 0) return fail(Errno::eagain);
    Semaphore& semaphore = set->semaphores[stuck->number];
    std::uint32_t& waiting = stuck->change == 0 ? semaphore.wait_zero : semaphore.wait_increase;
    ++waiting;
    const Wake wake = sleep(deadline_ns);
    --waiting;
    if (set->removed) return fail(Errno::eidrm);
    if (wake == Wake::woken) continue;
    // It may have become possible in the same moment.
    if (TRY(attempt(*set, operations)) == nullptr) return 0;
    return fail(wake == Wake::signal ? Errno::eintr : Errno::eagain);
  }
}

// struct semid64_ds.
struct SetStatus {
  IpcPermissions permissions;
  abi::SemaphoreTimes times;
};
static_assert(sizeof(SetStatus) == sizeof(IpcPermissions) + sizeof(abi::SemaphoreTimes));

SetStatus status_of(const SemaphoreSet& set) {
  SetStatus status{.permissions = set.permissions, .times = {}};
  status.times.operation_time = set.operation_time;
  status.times.change_time = set.change_time;
  status.times.count = set.semaphores.size();
  return status;
}

Result<std::int64_t> tell_limits(std::uint64_t address, bool use) {
  struct {
    std::int32_t map = static_cast<std::int32_t>(kMostSemaphores), sets = kMostSemaphoreSets,
                 semaphores = static_cast<std::int32_t>(kMostSemaphores), undos = static_cast<std::int32_t>(kMostSemaphores),
                 in_set = kMostInSemaphoreSet, operations = static_cast<std::int32_t>(kMostSemaphoreOperations),
                 undo_entries = static_cast<std::int32_t>(kMostSemaphoreOperations), undo_bytes = 20, most_value = kMostValue,
                 most_adjust = kMostValue;
  } limits;
  if (use) {
    limits.undo_bytes = static_cast<std::int32_t>(sets().size());
    limits.most_adjust = static_cast<std::int32_t>(all_semaphores);
  }
  TRY(write_guest(address, limits));
  return sets().last_place();
}

Result<std::int64_t> tell_place(std::int32_t place, std::uint64_t address, bool checked) {
  const SemaphoreSet* const set = sets().at(place);
  if (set == nullptr) return fail(Errno::einval);
  if (checked) TRY(check_ipc_access(set->permissions, 0444));
  TRY(write_guest(address, status_of(*set)));
  return set->id;
}

void forget_undo(SemaphoreSet& set, std::size_t first, std::size_t count) {
  for (Undo& undo : set.undos) std::fill_n(undo.changes.begin() + static_cast<std::ptrdiff_t>(first), count, 0);
}

void values_set(SemaphoreSet& set) {
  set.change_time = ipc_time();
  set.changed.wake_all();
}

Result<std::int64_t> control_one(SemaphoreSet& set, std::int32_t number, std::int32_t command, std::uint64_t argument) {
  enum Command : std::int32_t { kGetPid = 11, kGetValue = 12, kGetWaiting = 14, kGetWaitingZero = 15, kSetValue = 16 };
  if (number < 0 || static_cast<std::size_t>(number) >= set.semaphores.size()) return fail(Errno::einval);
  const std::int32_t value = int32(argument);
  if (command == kSetValue && (value < 0 || value > kMostValue)) return fail(Errno::erange);
  TRY(check_ipc_access(set.permissions, command == kSetValue ? 0222 : 0444));
  Semaphore& semaphore = set.semaphores[static_cast<std::size_t>(number)];
  switch (command) {
    case kGetPid: return semaphore.last_pid;
    case kGetValue: return semaphore.value;
    case kGetWaiting: return semaphore.wait_increase;
    case kGetWaitingZero: return semaphore.wait_zero;
    default: break;
  }
  forget_undo(set, static_cast<std::size_t>(number), 1);
  semaphore.value = value;
  semaphore.last_pid = current_pid();
  values_set(set);
  return 0;
}

Result<std::int64_t> control_all(SemaphoreSet& set, bool write, std::uint64_t address) {
  TRY(check_ipc_access(set.permissions, write ? 0222 : 0444));
  std::vector<std::uint16_t> values(set.semaphores.size());
  if (!write) {
    std::ranges::transform(set.semaphores, values.begin(),
                           [](const Semaphore& semaphore) { return static_cast<std::uint16_t>(semaphore.value); });
    TRY(copy_to_guest(address, std::as_bytes(std::span(values))));
    return 0;
  }
  TRY(copy_from_guest(std::as_writable_bytes(std::span(values)), address));
  if (std::ranges::any_of(values, [](std::uint16_t value) { return value > kMostValue; })) return fail(Errno::erange);
  for (std::size_t i = 0; i < values.size(); ++i) {
    set.semaphores[i].value = values[i];
    set.semaphores[i].last_pid = current_pid();
  }
  forget_undo(set, 0, values.size());
  values_set(set);
  return 0;
}

void remove(SemaphoreSet& set) {
  set.removed = true;
  all_semaphores -= set.semaphores.size();
  all_undo_entries -= set.undos.size() * set.semaphores.size();
  set.changed.wake_all();
  sets().remove(set);
}

}  // namespace

std::string sysv_semaphores_text() {
  Text text;
  text << "       key      semid perms      nsems   uid   gid  cuid  cgid      otime      ctime\n";
  sets().for_each([&](const SemaphoreSet& set) {
    put_identity(text, set.permissions, set.id);
    (text << ' ').right(set.semaphores.size(), 10);
    put_owners(text, set.permissions);
    (text << ' ').right(set.operation_time, 10) << ' ';
    text.right(set.change_time, 10) << '\n';
  });
  return text.take();
}

void undo_semaphores(const Process& process) {
  if (all_undo_entries == 0) return;
  sets().for_each([&process](SemaphoreSet& set) {
    const auto found = std::ranges::find(set.undos, &process, &Undo::process);
    if (found == set.undos.end()) return;
    for (std::size_t i = 0; i < found->changes.size(); ++i) {
      if (found->changes[i] == 0) continue;
      Semaphore& semaphore = set.semaphores[i];
      semaphore.value = std::clamp(semaphore.value + found->changes[i], 0, kMostValue);
      semaphore.last_pid = process.pid;
    }
    all_undo_entries -= found->changes.size();
    set.undos.erase(found);
    set.operation_time = ipc_time();
    set.changed.wake_all();
  });
}

Result<std::int64_t> sys_semget(const Arguments& a) {
  const std::int32_t key = int32(a[0]), count = int32(a[1]);
  const auto flags = static_cast<std::uint32_t>(a[2]);
  if (count < 0 || count > kMostInSemaphoreSet) return fail(Errno::einval);
  if (key != kIpcPrivate) {
    const SemaphoreSet* const found = sets().find_key(key);
    if (found != nullptr) {
      if ((flags & kIpcCreate) != 0 && (flags & kIpcExclusive) != 0) return fail(Errno::eexist);
      if (static_cast<std::size_t>(count) > found->semaphores.size()) return fail(Errno::einval);
      TRY(check_ipc_access(found->permissions, flags));
      return found->id;
    }
    if ((flags & kIpcCreate) == 0) return fail(Errno::enoent);
  }
  if (count == 0) return fail(Errno::einval);
  if (sets().size() >= kMostSemaphoreSets || all_semaphores + static_cast<std::uint64_t>(count) > kMostSemaphores)
    return fail(Errno::enospc);
  all_semaphores += static_cast<std::uint64_t>(count);
  const auto set = make_ref<SemaphoreSet>(sets().next_id(), key, count, flags);
  sets().add(set);
  return set->id;
}

Result<std::int64_t> sys_semop(const Arguments& a) { return operate(a, kNoDeadline); }

Result<std::int64_t> sys_semtimedop(const Arguments& a) {
  if (a[3] == 0) return operate(a, kNoDeadline);
  const auto time = TRY(read_guest<GuestTimespec>(a[3]));
  return operate(a, after(monotonic_ns(), TRY(ns_of(time))));
}

Result<std::int64_t> sys_semctl(const Arguments& a) {
  enum Command : std::int32_t { kGetAll = 13, kSetAll = 17, kStatPlace = 18, kInfo = 19, kStatAny = 20 };
  const std::int32_t id = int32(a[0]), command = int32(a[2]);
  if (id < 0) return fail(Errno::einval);
  SetStatus wanted;
  switch (command) {
    case kIpcInfo: case kInfo: return tell_limits(a[3], command == kInfo);
    case kStatPlace: case kStatAny: return tell_place(id, a[3], command == kStatPlace);
    case kIpcSet: wanted = TRY(read_guest<SetStatus>(a[3])); break;
    case kIpcStat: case kIpcRemove: case 11: case 12: case kGetAll: case 14: case 15: case 16: case kSetAll: break;
    default: return fail(Errno::einval);
  }
  const Ref<SemaphoreSet> set = TRY(set_of(id));
  switch (command) {
    case kGetAll: case kSetAll: return control_all(*set, command == kSetAll, a[3]);
    case kIpcStat:
      TRY(check_ipc_access(set->permissions, 0444));
      TRY(write_guest(a[3], status_of(*set)));
      return 0;
    case kIpcSet:
      TRY(check_ipc_owner(set->permissions));
      set_permissions(set->permissions, wanted.permissions);
      set->change_time = ipc_time();
      return 0;
    case kIpcRemove:
      TRY(check_ipc_owner(set->permissions));
      remove(*set);
      return 0;
    default: return control_one(*set, int32(a[1]), command, a[3]);
  }
}

}  // namespace tessera::lx
