// SPDX-License-Identifier: Apache-2.0
// fork, vfork, clone, clone3: new threads and processes.
#include <linux_arch/registers.hpp>

#include "components/linux/core/big_lock.hpp"
#include "components/linux/core/guest_memory.hpp"
#include "components/linux/memory/address_space.hpp"
#include "components/linux/nucleus/carrier.hpp"
#include "components/linux/nucleus/guest_space.hpp"
#include "components/linux/process/create.hpp"
#include "components/linux/process/end.hpp"
#include "components/linux/process/namespaces.hpp"
#include "components/linux/process/pidfd.hpp"
#include "components/linux/process/process.hpp"
#include "components/linux/process/registry.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/syscall/table.hpp"
#include "components/linux/time/clock.hpp"
#include "components/linux/time/cpu_limit.hpp"
#include "components/linux/trace/link.hpp"
#include "components/linux/trace/stop.hpp"

namespace tessera::lx {

namespace {

// CLONE_* of Linux.
constexpr std::uint64_t kSignalMask = 0xff, kMemory = 0x100, kFs = 0x200, kFiles = 0x400, kSigHand = 0x800,
                        kPidFd = 0x1000, kPtrace = 0x2000, kVfork = 0x4000, kParent = 0x8000, kThread = 0x10000,
                        kSetTls = 0x80000, kParentSetTid = 0x100000,
                        kChildClearTid = 0x200000, kDetached = 0x400000, kUntraced = 0x800000,
                        kChildSetTid = 0x1000000, kIo = 0x80000000,
                        kClearSigHand = 0x1'0000'0000, kIntoGroup = 0x2'0000'0000;

struct Request {
  std::uint64_t flags = 0;
  std::uint64_t stack = 0;  // 0: the parent's
  std::uint64_t parent_tid = 0, child_tid = 0, pidfd = 0;
  std::uint64_t thread_pointer = 0;
  int exit_signal = 0;
};

Result<void> check(const Request& request) {
  const std::uint64_t flags = request.flags;
  if ((flags & kThread) != 0 && (flags & kSigHand) == 0) return fail(Errno::einval);
  if ((flags & kSigHand) != 0 && (flags & kMemory) == 0) return fail(Errno::einval);
  if ((flags & (kSigHand | kClearSigHand)) == (kSigHand | kClearSigHand)) return fail(Errno::einval);
  if ((flags & (kNewMounts | kFs)) == (kNewMounts | kFs)) return fail(Errno::einval);
  TRY(check_new_namespaces(flags));
  if ((flags & kIntoGroup) != 0) return fail(Errno::einval);
  if ((flags & kPidFd) != 0 && (flags & (kThread | kDetached)) != 0) return fail(Errno::einval);
  if ((flags & kPidFd) != 0 && (flags & kParentSetTid) != 0 && request.pidfd == request.parent_tid)
    return fail(Errno::einval);
  if ((flags & kSetTls) != 0 && request.thread_pointer >= kGuestLimit) return fail(Errno::eperm);
  if (request.exit_signal != 0 && !valid_signal(request.exit_signal)) return fail(Errno::einval);
  return {};
}

// The carrier of a thread that is being made: given back unless it was started.
class NewCarrier {
 public:
  explicit NewCarrier(Carrier* carrier) : carrier_(carrier) {}
  ~NewCarrier() {
    if (carrier_ != nullptr) carrier_->give_back();
  }
  NewCarrier(const NewCarrier&) = delete;
  NewCarrier& operator=(const NewCarrier&) = delete;
  Carrier& operator*() const { return *carrier_; }
  Carrier* operator->() const { return carrier_; }
  Carrier* release() { return std::exchange(carrier_, nullptr); }

 private:
  Carrier* carrier_;
};

Result<void> check_process_limit(const Thread& self, const Request& request) {
  const Credentials& ids = self.credentials->value;
  // Others leave half of what memory carries to root.
  const std::size_t most = ids.uid == 0 ? registry().most_processes : registry().most_processes / 2;
  if ((request.flags & kThread) == 0 && GuestSpace::in_use() >= most) return fail(Errno::eagain);
  if (ids.uid == 0) return {};
  if (registry().processes_of_user(ids.uid) >= self.process.limits[kLimitProcesses].soft) return fail(Errno::eagain);
  return {};
}

// The number of a task that is being made: given back unless it was used.
class NewId {
 public:
  explicit NewId(std::int32_t id) : id_(id) {}
  ~NewId() {
    if (id_ != 0) registry().release_id(id_);
  }
  NewId(const NewId&) = delete;
  NewId& operator=(const NewId&) = delete;
  void use() { id_ = 0; }

 private:
  std::int32_t id_;
};

std::unique_ptr<Process> make_process(const Thread& self, const Request& request, std::int32_t pid) {
  const Process& parent = self.process;
  auto process = std::make_unique<Process>(pid);
  if ((request.flags & kSigHand) != 0) process->actions = parent.actions;
  else process->actions = parent.actions->copy();
  if ((request.flags & kClearSigHand) != 0) process->actions->reset_handlers();
  process->exit_signal = request.exit_signal;
  process->personality = parent.personality;
  process->dumpable = parent.dumpable;
  process->keep_capabilities = parent.keep_capabilities;
  process->no_new_privileges = parent.no_new_privileges;
  process->start_ns = monotonic_ns();
  process->maker = self.tid;
  return process;
}

// What a new task gets of its own, before anybody knows it.
struct Parts {
  Ref<AddressSpace> memory;
  Ref<FileTable> files;
  Ref<FsContext> fs;
  std::unique_ptr<Process> process;
  std::unique_ptr<Thread> thread;
};

void copy_parts(Thread& self, const Request& request, std::int32_t tid, Parts& parts) {
  parts.files = (request.flags & kFiles) != 0 ? self.files : self.files->copy();
  parts.fs = (request.flags & kFs) != 0 ? self.fs : self.fs->copy();
  if ((request.flags & kThread) == 0) parts.process = make_process(self, request, tid);
  parts.thread = std::make_unique<Thread>(parts.process ? *parts.process : self.process, tid);
}

// Of what the thread's own calls change and others only look at.
bool alone(const Thread& self) {
  return self.process.threads.size() == 1 && self.process.actions->references() == 1 && self.files->references() == 1 &&
         self.fs->references() == 1;
}

// With a copy of the address space, which takes long, goes all else that nobody changes meanwhile.
Result<void> make_parts(Thread& self, const Request& request, std::int32_t tid, Parts& parts) {
  if ((request.flags & kMemory) != 0) {
    self.carrier->sync();
    parts.memory = self.memory;
    copy_parts(self, request, tid, parts);
    return {};
  }
  const bool all = alone(self);
  self.memory->before_fork();
  Result<void> copied;
  {
    const OutsideBigLock outside(&self.memory->copying());
    // The copy needs the vector state, which may still be in the core.
    self.carrier->sync();
    copied = self.memory->fork(parts.memory);
    if (all && copied) copy_parts(self, request, tid, parts);
  }
  TRY(copied);
  self.memory->after_fork(*parts.memory);
  if (!all) copy_parts(self, request, tid, parts);
  if (self.ending || self.process.exiting) return fail(Errno::eintr);  // others ran meanwhile
  return {};
}

// Before the process is there, for it may fail.
Result<void> make_pidfd(std::uint64_t address, Ref<File>& file) {
  const int descriptor = TRY(install_pidfd(nullptr, 0));
  if (auto told = write_guest(address, descriptor); !told) {
    (void)current_files().close(descriptor);
    return fail(told.error());
  }
  file = Ref<File>(current_files().find(descriptor));
  return {};
}

Result<std::int64_t> clone(const Request& request) {
  TRY(check(request));
  Thread& self = current_thread();
  const std::uint64_t flags = request.flags;
  if (self.process.exiting) return fail(Errno::eintr);
  TRY(check_process_limit(self, request));
  NewCarrier carrier(TRY(Carrier::take(self.placement.processor)));
  const std::int32_t tid = TRY(registry().take_id());
  NewId id(tid);
  Parts parts;
  TRY(make_parts(self, request, tid, parts));
  const Ref<AddressSpace>& memory = parts.memory;
  Ref<File> pid_file;
  if ((flags & kPidFd) != 0) TRY(make_pidfd(request.pidfd, pid_file));
  id.use();

  Process* process = &self.process;
  if ((flags & kThread) == 0) {
    process = parts.process.release();
    process->limits = self.process.limits;
    process->parent = (flags & kParent) != 0 ? self.process.parent : &self.process;
    if ((flags & kParent) != 0) process->exit_signal = self.process.exit_signal;
    registry().add_process(*process);
    registry().set_group(*process, self.process.group);
    registry().set_session(*process, self.process.session);
    if (process->parent != nullptr) process->parent->children.push_back(process);
  }
  Thread* const thread = parts.thread.release();
  process->threads.push_back(thread);
  registry().add_thread(tid, *thread);
  thread->memory = memory;
  thread->files = std::move(parts.files);
  if (pid_file) {
    pid_file->pid_file()->set_handle(handle_of(*process));
  }
  thread->fs = std::move(parts.fs);
  thread->credentials = self.credentials;
  if ((flags & (kNewMounts | kNewNames)) != 0) thread->uts = uts_of(&self);
  else thread->uts = self.uts;
  make_namespaces(flags, *thread->fs, thread->uts);
  inherit_seccomp(*thread, self);
  thread->blocked = self.blocked;
  thread->name = self.name;
  thread->nice = self.nice;
  thread->schedule_class = self.schedule_class;
  thread->placement.allowed = self.placement.allowed;
  thread->placement.processor = self.placement.processor;
  thread->system_sum = self.system_sum;
  thread->io_priority = self.io_priority;
  thread->memory_policy = self.memory_policy;
  if ((flags & kMemory) == 0 || (flags & kVfork) != 0) thread->alternate_stack = self.alternate_stack;
  thread->clear_child_tid = (flags & kChildClearTid) != 0 ? request.child_tid : 0;

  Registers& guest = carrier->guest();
  copy_registers(guest, self.registers());
  set_call_result(guest, 0);
  if (request.stack != 0) set_stack_pointer(guest, request.stack);
  if ((flags & kSetTls) != 0) set_thread_pointer(guest, request.thread_pointer);
  if ((flags & kMemory) == 0) thread->restartable = self.restartable;
  else guest.report_switch = 0;

  if ((flags & kParentSetTid) != 0) (void)write_guest(request.parent_tid, tid);
  if ((flags & kChildSetTid) != 0)
    (void)memory->write_remote(request.child_tid, std::as_bytes(std::span<const std::int32_t, 1>(&tid, 1)));
  count_fork();
  if ((flags & kThread) == 0) watch_cpu_limit(*process);
  const bool waits = (flags & kVfork) != 0;
  if ((flags & kThread) == 0) process->vfork_child = waits;
  const TraceEvent event = waits ? TraceEvent::vfork : request.exit_signal != kSigChld ? TraceEvent::clone : TraceEvent::fork;
  const bool told = (flags & kUntraced) == 0 && wants_event(self, event);
  Carrier* const started = carrier.release();
  thread->carrier = started;
  if (self.traced && (told || (flags & kPtrace) != 0)) trace_child(self, *thread);
  place(*thread);
  started->start(*thread);
  if (told) stop_for_event(self, event, static_cast<std::uint64_t>(tid));
  if (waits) {
    // The child may be gone (and its memory with it) when this returns.
    WaitNode node(self, process->vfork_done);
    while (!self.ending) {
      const Process* const child = registry().process(tid);
      if (child != process || !child->vfork_child) break;
      (void)sleep_uninterruptible();
    }
  }
  if (waits && (flags & kUntraced) == 0) stop_for_event(self, TraceEvent::vfork_done, static_cast<std::uint64_t>(tid));
  return tid;
}

}  // namespace

Result<std::int64_t> sys_fork(const Arguments&) { return clone(Request{.exit_signal = kSigChld}); }

Result<std::int64_t> sys_vfork(const Arguments&) {
  return clone(Request{.flags = kVfork | kMemory, .exit_signal = kSigChld});
}

Result<std::int64_t> sys_clone(const Arguments& arguments) {
  Request request;
  request.flags = arguments[0] & 0xffff'ffff & ~kSignalMask & ~kIo;
  // Means nothing, but for a pidfd.
  if ((request.flags & kPidFd) == 0) request.flags &= ~kDetached;
  request.exit_signal = static_cast<int>(arguments[0] & kSignalMask);
  request.stack = arguments[1];
  request.parent_tid = request.pidfd = arguments[2];
  request.child_tid = arguments[kCloneChildTid];
  request.thread_pointer = arguments[kCloneThreadPointer];
  return clone(request);
}

Result<std::int64_t> sys_clone3(const Arguments& arguments) {
  struct CloneArguments {  // struct clone_args, version 0 to 2
    std::uint64_t flags = 0, pidfd = 0, child_tid = 0, parent_tid = 0, exit_signal = 0, stack = 0, stack_bytes = 0,
                  tls = 0, set_tid = 0, set_tid_count = 0, cgroup = 0;
  } wanted;
  const std::uint64_t bytes = arguments[1];
  if (bytes > kPageBytes) return fail(Errno::e2big);
  if (bytes < 64) return fail(Errno::einval);
  const std::size_t known = std::min<std::size_t>(static_cast<std::size_t>(bytes), sizeof wanted);
  TRY(copy_from_guest(std::as_writable_bytes(std::span(&wanted, 1)).first(known), arguments[0]));
  for (std::uint64_t at = known; at < bytes; at += 8) {
    // What a later Linux added must not be asked for.
    if (TRY(read_guest<std::uint64_t>(arguments[0] + at)) != 0) return fail(Errno::e2big);
  }
  if (wanted.set_tid_count != 0) return fail(Errno::einval);
  if ((wanted.flags & (kDetached | kSignalMask)) != 0) return fail(Errno::einval);
  if ((wanted.flags & (kThread | kParent)) != 0 && wanted.exit_signal != 0) return fail(Errno::einval);
  if (wanted.exit_signal > kSignalCount) return fail(Errno::einval);
  if ((wanted.stack == 0) != (wanted.stack_bytes == 0)) return fail(Errno::einval);
  if (wanted.stack > kGuestLimit || wanted.stack_bytes > kGuestLimit - wanted.stack) return fail(Errno::einval);
  Request request;
  request.flags = wanted.flags & ~kIo;
  request.exit_signal = static_cast<int>(wanted.exit_signal);
  request.stack = wanted.stack + wanted.stack_bytes;
  request.parent_tid = wanted.parent_tid;
  request.pidfd = wanted.pidfd;
  request.child_tid = wanted.child_tid;
  request.thread_pointer = wanted.tls;
  return clone(request);
}

}  // namespace tessera::lx
