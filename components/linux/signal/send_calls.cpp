// SPDX-License-Identifier: Apache-2.0
// kill and its family.
#include "components/linux/core/guest_memory.hpp"
#include "components/linux/process/process.hpp"
#include "components/linux/process/registry.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/signal/send.hpp"
#include "components/linux/syscall/table.hpp"

namespace tessera::lx {

namespace {

std::int32_t int_argument(std::uint64_t argument) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(argument));
}

SignalInfo from_caller(int signal, std::int32_t code) {
  return SignalInfo::from(signal, code, current_pid(), current_credentials().uid);
}

bool signal_or_none(int signal) { return signal == 0 || valid_signal(signal); }

// To all processes that `matches`; what kill(2) says about several: success if one
// got it, EPERM if none might, ESRCH if there are none.
template <typename Matches>
Result<std::int64_t> send_to_all(int signal, Matches matches) {
  bool any = false;
  bool sent = false;
  registry().for_each_process([&](Process& process) {
    if (process.life == Life::reaped || !matches(process)) return;
    any = true;
    if (!may_signal(process, signal)) return;
    sent = true;
    if (signal != 0) (void)send_to_process(process, from_caller(signal, kCodeUser));
  });
  if (sent) return 0;
  return fail(any ? Errno::eperm : Errno::esrch);
}

Result<Thread*> thread_target(std::int32_t group, std::int32_t tid, int signal) {
  if (tid <= 0) return fail(Errno::einval);
  Thread* const thread = registry().thread(tid);
  if (thread == nullptr || (group > 0 && thread->process.pid != group)) return fail(Errno::esrch);
  if (!may_signal(thread->process, signal)) return fail(Errno::eperm);
  return thread;
}

Result<std::int64_t> send_to_one(std::int32_t group, std::int32_t tid, int signal) {
  if (!signal_or_none(signal)) return fail(Errno::einval);
  Thread* const thread = TRY(thread_target(group, tid, signal));
  if (signal != 0) TRY(send_to_thread(*thread, from_caller(signal, kCodeTkill)));
  return 0;
}

// siginfo from a program: it may not pretend to be the kernel or kill(2).
Result<SignalInfo> info_argument(std::uint64_t address, int signal, std::int32_t target) {
  auto info = TRY(read_guest<SignalInfo>(address));
  info.signal = signal;
  if ((info.code >= 0 || info.code == kCodeTkill) && target != current_pid()) return fail(Errno::eperm);
  return info;
}

}  // namespace

Result<std::int64_t> sys_kill(const Arguments& arguments) {
  const std::int32_t pid = int_argument(arguments[0]);
  const int signal = int_argument(arguments[1]);
  if (!signal_or_none(signal)) return fail(Errno::einval);
  if (pid > 0) {
    Process* const process = registry().process(pid);
    if (process == nullptr || process->life == Life::reaped) return fail(Errno::esrch);
    if (!may_signal(*process, signal)) return fail(Errno::eperm);
    if (signal != 0) TRY(send_to_process(*process, from_caller(signal, kCodeUser)));
    return 0;
  }
  if (pid == INT32_MIN) return fail(Errno::esrch);
  if (pid == -1) {
    const Process* const self = &current_thread().process;
    return send_to_all(signal, [&](const Process& process) { return process.pid > 1 && &process != self; });
  }
  const std::int32_t group = pid == 0 ? current_process_group() : -pid;
  return send_to_all(signal, [group](const Process& process) { return process.group == group; });
}

Result<std::int64_t> sys_tkill(const Arguments& arguments) {
  return send_to_one(0, int_argument(arguments[0]), int_argument(arguments[1]));
}

Result<std::int64_t> sys_tgkill(const Arguments& arguments) {
  const std::int32_t group = int_argument(arguments[0]);
  if (group <= 0) return fail(Errno::einval);
  return send_to_one(group, int_argument(arguments[1]), int_argument(arguments[2]));
}

Result<std::int64_t> sys_rt_sigqueueinfo(const Arguments& arguments) {
  const std::int32_t pid = int_argument(arguments[0]);
  const int signal = int_argument(arguments[1]);
  const SignalInfo info = TRY(info_argument(arguments[2], signal, pid));
  if (!signal_or_none(signal)) return fail(Errno::einval);
  Process* const process = registry().process(pid);
  if (process == nullptr) return fail(Errno::esrch);
  if (!may_signal(*process, signal)) return fail(Errno::eperm);
  if (signal != 0) TRY(send_to_process(*process, info));
  return 0;
}

Result<std::int64_t> sys_rt_tgsigqueueinfo(const Arguments& arguments) {
  const std::int32_t group = int_argument(arguments[0]);
  const std::int32_t tid = int_argument(arguments[1]);
  const int signal = int_argument(arguments[2]);
  if (group <= 0) return fail(Errno::einval);
  const SignalInfo info = TRY(info_argument(arguments[3], signal, group));
  if (!signal_or_none(signal)) return fail(Errno::einval);
  Thread* const thread = TRY(thread_target(group, tid, signal));
  if (signal != 0) TRY(send_to_thread(*thread, info));
  return 0;
}

}  // namespace tessera::lx
