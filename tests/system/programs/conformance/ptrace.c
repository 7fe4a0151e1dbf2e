// SPDX-License-Identifier: Apache-2.0
// One process traces another.
#include <elf.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "machine.h"
#include "test.h"

enum { kGetCallInfo = 0x420e, kEventStop = 128, kNoSuchRequest = 0x7777 };

// The call itself: glibc's turns PEEK's answer around.
static long trace(long request, pid_t pid, uintptr_t address, uintptr_t data) {
  return syscall(SYS_ptrace, request, pid, address, data);
}

static void trace_me(void) {
  if (trace(PTRACE_TRACEME, 0, 0, 0) != 0) _exit(90);
}

static int wait_for(pid_t pid) {
  int status = -1;
  CHECK(waitpid(pid, &status, __WALL) == pid);
  return status;
}
static int stopped_by(int status, int signal) { return WIFSTOPPED(status) && status >> 8 == signal; }
static int event_of(int status) { return WIFSTOPPED(status) ? status >> 16 : -1; }

// A child that stopped itself and then runs FUNCTION.
static pid_t stopped_child(void (*function)(void)) {
  const pid_t child = fork();
  if (child == 0) {
    trace_me();
    raise(SIGSTOP);
    function();
    _exit(0);
  }
  CHECK(child > 0 && stopped_by(wait_for(child), SIGSTOP));
  return child;
}
static int go_on(long request, pid_t child, int signal) {
  CHECK(trace(request, child, 0, (uintptr_t)signal) == 0);
  return wait_for(child);
}
static void end(pid_t child) {
  kill(child, SIGKILL);
  while (!WIFSIGNALED(wait_for(child))) {
  }
}
static siginfo_t info_of(pid_t child) {
  siginfo_t info;
  CHECK(trace(PTRACE_GETSIGINFO, child, 0, (uintptr_t)&info) == 0);
  return info;
}
#include "trace_registers.h"

static void nothing(void) {}
static void sleep_for_ever(void) {
  for (;;) pause();
}
static pid_t sleeper(void) {
  const pid_t child = fork();
  if (child == 0) sleep_for_ever();
  CHECK(child > 0 && wait_for_state(child, 'S'));
  return child;
}

static void first_stop(void) {
  const pid_t child = stopped_child(nothing);
  const siginfo_t info = info_of(child);
  CHECK(info.si_signo == SIGSTOP && info.si_code == SI_TKILL && info.si_pid == child);
  CHECK(wait_for_state(child, 't'));
  int status = 0;
  CHECK(waitpid(child, &status, WNOHANG) == 0);
  CHECK(ended_with(go_on(PTRACE_CONT, child, 0), 0));
}

static void errors(void) {
  const pid_t child = sleeper();
  CHECK_ERRNO(ESRCH, trace(PTRACE_CONT, child, 0, 0));
  CHECK_ERRNO(ESRCH, trace(PTRACE_ATTACH, 0x7ffffff0, 0, 0));
  CHECK_ERRNO(EPERM, trace(PTRACE_ATTACH, getpid(), 0, 0));
  CHECK_ERRNO(EIO, trace(PTRACE_SEIZE, child, 8, 0));
  CHECK_ERRNO(EIO, trace(PTRACE_SEIZE, child, 0, 1u << 30));
  CHECK(trace(PTRACE_SEIZE, child, 0, 0) == 0);
  CHECK_ERRNO(EPERM, trace(PTRACE_ATTACH, child, 0, 0));
  CHECK_ERRNO(ESRCH, trace(PTRACE_GETEVENTMSG, child, 0, 0));
  CHECK(trace(PTRACE_INTERRUPT, child, 0, 0) == 0 && event_of(wait_for(child)) == kEventStop);
  CHECK_ERRNO(EINVAL, trace(PTRACE_SETOPTIONS, child, 0, 1u << 30));
  CHECK_ERRNO(EIO, trace(PTRACE_CONT, child, 0, 65));
  CHECK_ERRNO(EIO, trace(PTRACE_PEEKUSER, child, 4, (uintptr_t)&(long){0}));
  CHECK_ERRNO(EIO, trace(PTRACE_PEEKDATA, child, 8, (uintptr_t)&(long){0}));
  CHECK_ERRNO(EIO, trace(PTRACE_POKEDATA, child, 8, 0));
  machine_errors(child);
  CHECK_ERRNO(EFAULT, trace(PTRACE_GETSIGINFO, child, 0, 8));
  CHECK_ERRNO(EINVAL, trace(PTRACE_GETSIGMASK, child, 4, (uintptr_t)&(long){0}));
  struct iovec vector = {&vector, 7};
  CHECK_ERRNO(EINVAL, trace(PTRACE_GETREGSET, child, NT_PRSTATUS, (uintptr_t)&vector));
  vector.iov_len = 8;
  CHECK_ERRNO(EINVAL, trace(PTRACE_GETREGSET, child, 0x777, (uintptr_t)&vector));
  CHECK_ERRNO(EIO, trace(kNoSuchRequest, child, 0, 0));
  end(child);
  CHECK_ERRNO(ESRCH, trace(PTRACE_CONT, child, 0, 0));
}

static void one_call(void) { syscall(SYS_getpgid, 0x1234, 2, 3, 4, 5, 6); }
static void calls(void) {
  const pid_t child = stopped_child(one_call);
  CHECK(trace(PTRACE_SETOPTIONS, child, 0, PTRACE_O_TRACESYSGOOD) == 0);
  struct user_regs_struct registers;
  do {
    CHECK(stopped_by(go_on(PTRACE_SYSCALL, child, 0), SIGTRAP | 0x80));
    registers = registers_of(child);
  } while (call_of(child, &registers) != SYS_getpgid);
  CHECK(shows_entry(&registers) && FIRST_ARGUMENT(registers) == 0x1234 && SIXTH_ARGUMENT(registers) == 6);
  struct {
    uint8_t kind, padding[3];
    uint32_t architecture;
    uint64_t ip, sp, words[7];
  } info;
  memset(&info, 0xff, sizeof(info));
  CHECK(trace(kGetCallInfo, child, sizeof(info), (uintptr_t)&info) == 80);
  CHECK(info.kind == 1 && info.architecture == kAuditArchitecture && info.ip == INSTRUCTION(registers) && info.sp == STACK(registers));
  CHECK(info.words[0] == SYS_getpgid && info.words[1] == 0x1234 && info.words[6] == 6);
  unsigned long message = 0;
  CHECK(trace(PTRACE_GETEVENTMSG, child, 0, (uintptr_t)&message) == 0 && message == 1);
  CHECK(info_of(child).si_code == (SIGTRAP | 0x80) && info_of(child).si_signo == SIGTRAP);
  CHECK(stopped_by(go_on(PTRACE_SYSCALL, child, 0), SIGTRAP | 0x80));
  CHECK(trace(kGetCallInfo, child, sizeof(info), (uintptr_t)&info) == 33);
  CHECK(info.kind == 2 && (int64_t)info.words[0] == -ESRCH && (info.words[1] & 0xff) == 1);
  CHECK(trace(PTRACE_GETEVENTMSG, child, 0, (uintptr_t)&message) == 0 && message == 2);
  CHECK(trace(kGetCallInfo, child, 4, (uintptr_t)&info) == 33);
  CHECK(ended_with(go_on(PTRACE_CONT, child, 0), 0));
}

static void call_for_tracer(void) {
  if (getppid() != 77) _exit(1);              // made to be another call
  if (syscall(SYS_getuid) != 55) _exit(2);    // taken away
  if (syscall(SYS_getgid) != 1234) _exit(3);  // its result changed
}
static void change_calls(void) {
  const pid_t child = stopped_child(call_for_tracer);
  CHECK(trace(PTRACE_SETOPTIONS, child, 0, PTRACE_O_TRACESYSGOOD) == 0);
  for (int changed = 0; changed < 3;) {
    CHECK(stopped_by(go_on(PTRACE_SYSCALL, child, 0), SIGTRAP | 0x80));
    struct user_regs_struct registers = registers_of(child);
    const long number = call_of(child, &registers);
    if (number == SYS_getppid) FIRST_ARGUMENT(registers) = 1, SECOND_ARGUMENT(registers) = 77, THIRD_ARGUMENT(registers) = 0, ++changed;
    if (number == SYS_getuid) RESULT(registers) = 55, ++changed;
    set_registers(child, &registers);
    if (number == SYS_getppid) set_call(child, SYS_dup3);
    if (number == SYS_getuid) set_call(child, -1);
    CHECK(stopped_by(go_on(PTRACE_SYSCALL, child, 0), SIGTRAP | 0x80));
    if (number != SYS_getgid) continue;
    registers = registers_of(child);
    RESULT(registers) = 1234, ++changed;
    set_registers(child, &registers);
  }
  CHECK(ended_with(go_on(PTRACE_CONT, child, 0), 0));
}

static const volatile long constant[512] = {0x1111};
static volatile long variable = 5;
static void look_at_memory(void) {
  if (constant[0] != 0x2222 || variable != 6) _exit(1);
}
static void memory(void) {
  const pid_t child = stopped_child(look_at_memory);
  long word = 0;
  CHECK(trace(PTRACE_PEEKDATA, child, (uintptr_t)&constant[0], (uintptr_t)&word) == 0 && word == 0x1111);
  CHECK(trace(PTRACE_POKETEXT, child, (uintptr_t)&constant[0], 0x2222) == 0);
  CHECK(trace(PTRACE_POKEDATA, child, (uintptr_t)&variable, 6) == 0);
  CHECK(trace(PTRACE_PEEKTEXT, child, (uintptr_t)&constant[0], (uintptr_t)&word) == 0 && word == 0x2222);
  CHECK(constant[0] == 0x1111 && variable == 5);
  CHECK(trace(PTRACE_PEEKTEXT, child, (uintptr_t)nothing + 3, (uintptr_t)&word) == 0);
  CHECK(memcmp(&word, (const char *)(uintptr_t)nothing + 3, sizeof(word)) == 0);
  CHECK(ended_with(go_on(PTRACE_CONT, child, 0), 0));
}

static void memory_file(void) {
  const pid_t child = stopped_child(look_at_memory);
  char path[64];
  snprintf(path, sizeof(path), "/proc/%d/mem", child);
  const int file = open(path, O_RDWR);
  long word = 0x2222;
  CHECK(file >= 0 && pwrite(file, &word, sizeof(word), (off_t)(uintptr_t)&constant[0]) == sizeof(word));
  word = 6;
  CHECK(lseek(file, (off_t)(uintptr_t)&variable, SEEK_SET) == (off_t)(uintptr_t)&variable);
  CHECK(write(file, &word, sizeof(word)) == sizeof(word));
  CHECK(pread(file, &word, sizeof(word), (off_t)(uintptr_t)&constant[0]) == sizeof(word) && word == 0x2222);
  CHECK_ERRNO(EIO, pread(file, &word, sizeof(word), 8));
  CHECK(ended_with(go_on(PTRACE_CONT, child, 0), 0));
}

static void shared_stays(void) {
  int file = open("f", O_RDWR | O_CREAT, 0600);
  CHECK(ftruncate(file, 4096) == 0);
  close(file);
  file = open("f", O_RDONLY);
  volatile long *page = mmap(NULL, 4096, PROT_READ, MAP_SHARED, file, 0);
  CHECK(page != MAP_FAILED && page[0] == 0);
  const pid_t child = stopped_child(nothing);
  CHECK_ERRNO(EIO, trace(PTRACE_POKEDATA, child, (uintptr_t)page, 7));
  CHECK(page[0] == 0);
  end(child);
}

static volatile sig_atomic_t handled, code, count;
static void on_signal(int signal, siginfo_t *info, void *context) {
  (void)context;
  handled = signal, code = info->si_code, ++count;
}
static void handle(int signal) {
  const struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};
  sigaction(signal, &action, NULL);
}
#include "trace_steps.h"

static void raise_three(void) {
  handle(SIGUSR1), handle(SIGUSR2), handle(SIGTERM);
  raise(SIGUSR1);
  if (count != 0) _exit(1);  // taken away
  raise(SIGUSR1);
  if (count != 1 || handled != SIGUSR2 || code != SI_USER) _exit(2);  // changed
  raise(SIGTERM);
  if (count != 2 || handled != SIGTERM || code != SI_QUEUE) _exit(3);  // its info changed
  signal(SIGUSR1, SIG_IGN);
  raise(SIGUSR1);  // seen by the tracer all the same
}
static void signals(void) {
  const pid_t child = stopped_child(raise_three);
  CHECK(stopped_by(go_on(PTRACE_CONT, child, 0), SIGUSR1));
  CHECK(stopped_by(go_on(PTRACE_CONT, child, 0), SIGUSR1));
  CHECK(stopped_by(go_on(PTRACE_CONT, child, SIGUSR2), SIGTERM));
  siginfo_t info = info_of(child);
  info.si_code = SI_QUEUE;
  CHECK(trace(PTRACE_SETSIGINFO, child, 0, (uintptr_t)&info) == 0);
  CHECK(stopped_by(go_on(PTRACE_CONT, child, SIGTERM), SIGUSR1));
  CHECK(ended_with(go_on(PTRACE_CONT, child, SIGUSR1), 0));
  const pid_t other = stopped_child(sleep_for_ever);
  // raise() blocks it just now: it comes again when it no longer does.
  CHECK(stopped_by(go_on(PTRACE_CONT, other, SIGTERM), SIGTERM));
  CHECK(died_of(go_on(PTRACE_CONT, other, SIGTERM), SIGTERM));
}

static void queue_signals(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGRTMIN), sigaddset(&set, SIGRTMIN + 1);
  sigprocmask(SIG_BLOCK, &set, NULL);
  for (int i = 0; i < 3; ++i) sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = i});
  raise(SIGSTOP);
}
static void pending(void) {
  const pid_t child = stopped_child(queue_signals);
  CHECK(stopped_by(go_on(PTRACE_CONT, child, 0), SIGSTOP));
  struct {
    uint64_t from;
    uint32_t flags;
    int32_t count;
  } range = {0, 1, 10};
  siginfo_t found[10];
  CHECK(trace(PTRACE_PEEKSIGINFO, child, (uintptr_t)&range, (uintptr_t)found) == 3);
  CHECK(found[0].si_value.sival_int == 0 && found[2].si_value.sival_int == 2 && found[1].si_signo == SIGRTMIN);
  range.from = 2;
  CHECK(trace(PTRACE_PEEKSIGINFO, child, (uintptr_t)&range, (uintptr_t)found) == 1 && found[0].si_value.sival_int == 2);
  range.flags = 0, range.from = 0;
  CHECK(trace(PTRACE_PEEKSIGINFO, child, (uintptr_t)&range, (uintptr_t)found) == 0);
  range.flags = 2;
  CHECK_ERRNO(EINVAL, trace(PTRACE_PEEKSIGINFO, child, (uintptr_t)&range, (uintptr_t)found));
  uint64_t mask = 0;
  CHECK(trace(PTRACE_GETSIGMASK, child, sizeof(mask), (uintptr_t)&mask) == 0);
  CHECK((mask >> (SIGRTMIN - 1) & 3) == 3);
  mask = ~0ull;
  CHECK(trace(PTRACE_SETSIGMASK, child, sizeof(mask), (uintptr_t)&mask) == 0);
  CHECK(trace(PTRACE_GETSIGMASK, child, sizeof(mask), (uintptr_t)&mask) == 0);
  CHECK((mask >> (SIGKILL - 1) & 1) == 0 && (mask >> (SIGUSR1 - 1) & 1) == 1);
  CHECK(ended_with(go_on(PTRACE_CONT, child, 0), 0));
}

static int tracer_of(pid_t pid) {
  char path[64], text[2048];
  snprintf(path, sizeof(path), "/proc/%d/status", pid);
  const int file = open(path, O_RDONLY);
  const ssize_t got = read(file, text, sizeof(text) - 1);
  close(file);
  CHECK(got > 0);
  text[got] = 0;
  const char *line = strstr(text, "TracerPid:");
  CHECK(line != NULL);
  return atoi(line + 10);
}

static void attach(void) {
  const pid_t child = sleeper();
  CHECK(tracer_of(child) == 0 && trace(PTRACE_ATTACH, child, 0, 0) == 0);
  CHECK(stopped_by(wait_for(child), SIGSTOP) && tracer_of(child) == getpid());
  CHECK(info_of(child).si_signo == SIGSTOP);
  CHECK(trace(PTRACE_DETACH, child, 0, 0) == 0 && tracer_of(child) == 0);
  CHECK(wait_for_state(child, 'S'));
  CHECK(trace(PTRACE_ATTACH, child, 0, 0) == 0 && stopped_by(wait_for(child), SIGSTOP));
  CHECK(trace(PTRACE_DETACH, child, 0, SIGTERM) == 0 && died_of(wait_for(child), SIGTERM));
}

static void group_stop(void) {
  const pid_t child = stopped_child(sleep_for_ever);
  CHECK(stopped_by(go_on(PTRACE_CONT, child, SIGSTOP), SIGSTOP));
  siginfo_t info;
  CHECK_ERRNO(EINVAL, trace(PTRACE_GETSIGINFO, child, 0, (uintptr_t)&info));  // group-stop
  CHECK(trace(PTRACE_CONT, child, 0, 0) == 0 && wait_for_state(child, 'S'));
  end(child);
}

static void seize(void) {
  const pid_t child = sleeper();
  CHECK(trace(PTRACE_SEIZE, child, 0, PTRACE_O_TRACESYSGOOD) == 0);
  int status = 0;
  CHECK(waitpid(child, &status, WNOHANG) == 0);
  CHECK(trace(PTRACE_INTERRUPT, child, 0, 0) == 0);
  CHECK(stopped_by(wait_for(child), SIGTRAP | kEventStop << 8));
  CHECK(info_of(child).si_code == (SIGTRAP | kEventStop << 8));
  CHECK(trace(PTRACE_CONT, child, 0, 0) == 0 && wait_for_state(child, 'S'));
  CHECK(kill(child, SIGSTOP) == 0 && stopped_by(wait_for(child), SIGSTOP));
  CHECK(stopped_by(go_on(PTRACE_CONT, child, SIGSTOP), SIGSTOP | kEventStop << 8));
  CHECK(trace(PTRACE_LISTEN, child, 0, 0) == 0 && waitpid(child, &status, WNOHANG) == 0);
  CHECK_ERRNO(ESRCH, trace(PTRACE_GETSIGINFO, child, 0, (uintptr_t)&(siginfo_t){0}));
  CHECK(kill(child, SIGCONT) == 0 && stopped_by(wait_for(child), SIGTRAP | kEventStop << 8));
  CHECK(stopped_by(go_on(PTRACE_CONT, child, 0), SIGCONT));
  CHECK(trace(PTRACE_DETACH, child, 0, 0) == 0 && wait_for_state(child, 'S'));
  end(child);
}

static void seize_stopped(void) {
  const pid_t child = sleeper();
  int status = 0;
  CHECK(kill(child, SIGSTOP) == 0 && waitpid(child, &status, WUNTRACED) == child && wait_for_state(child, 'T'));
  CHECK(trace(PTRACE_SEIZE, child, 0, 0) == 0 && trace(PTRACE_INTERRUPT, child, 0, 0) == 0);
  CHECK(stopped_by(wait_for(child), SIGSTOP | kEventStop << 8));
  CHECK(trace(PTRACE_DETACH, child, 0, 0) == 0 && wait_for_state(child, 'T'));
  end(child);
}

static void fork_once(void) {
  const pid_t child = fork();
  if (child == 0) _exit(3);
  if (!ended_with(wait_for(child), 3)) _exit(1);
}
static void vfork_once(void) {
  const pid_t child = machine_vfork();
  if (child == 0) _exit(3);
  if (!ended_with(wait_for(child), 3)) _exit(1);
}
static unsigned long message_of(pid_t child) {
  unsigned long message = 0;
  CHECK(trace(PTRACE_GETEVENTMSG, child, 0, (uintptr_t)&message) == 0);
  return message;
}
static void fork_event_of(void (*function)(void), unsigned option, int event) {
  const pid_t child = stopped_child(function);
  CHECK(trace(PTRACE_SETOPTIONS, child, 0, option | PTRACE_O_TRACEVFORKDONE | PTRACE_O_TRACEEXIT) == 0);
  CHECK(stopped_by(go_on(PTRACE_CONT, child, 0), SIGTRAP | event << 8));
  CHECK(info_of(child).si_code == (SIGTRAP | event << 8));
  const pid_t other = (pid_t)message_of(child);
  CHECK(stopped_by(wait_for(other), SIGSTOP) && tracer_of(other) == getpid());
  CHECK(RESULT(registers_of(other)) == 0);
  CHECK(trace(PTRACE_CONT, child, 0, 0) == 0);
  CHECK(stopped_by(go_on(PTRACE_CONT, other, 0), SIGTRAP | PTRACE_EVENT_EXIT << 8) && message_of(other) == 3 << 8);
  CHECK(ended_with(go_on(PTRACE_CONT, other, 0), 3));
  if (event == PTRACE_EVENT_VFORK) {
    CHECK(stopped_by(wait_for(child), SIGTRAP | PTRACE_EVENT_VFORK_DONE << 8) && message_of(child) == (unsigned long)other);
    CHECK(trace(PTRACE_CONT, child, 0, 0) == 0);
  }
  int status = wait_for(child);
  if (stopped_by(status, SIGCHLD)) status = go_on(PTRACE_CONT, child, SIGCHLD);
  CHECK(stopped_by(status, SIGTRAP | PTRACE_EVENT_EXIT << 8) && message_of(child) == 0);
  CHECK(ended_with(go_on(PTRACE_CONT, child, 0), 0));
}
static void fork_event(void) { fork_event_of(fork_once, PTRACE_O_TRACEFORK, PTRACE_EVENT_FORK); }
static void vfork_event(void) { fork_event_of(vfork_once, PTRACE_O_TRACEVFORK, PTRACE_EVENT_VFORK); }

static void *leave(void *argument) { return argument; }
static void start_thread(void) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, leave, NULL) != 0 || pthread_join(thread, NULL) != 0) _exit(1);
}
static void thread_event(void) {
  const pid_t child = stopped_child(start_thread);
  CHECK(trace(PTRACE_SETOPTIONS, child, 0, PTRACE_O_TRACECLONE) == 0);
  CHECK(stopped_by(go_on(PTRACE_CONT, child, 0), SIGTRAP | PTRACE_EVENT_CLONE << 8));
  const pid_t thread = (pid_t)message_of(child);
  CHECK(thread != child && stopped_by(wait_for(thread), SIGSTOP));
  CHECK(trace(PTRACE_CONT, child, 0, 0) == 0 && ended_with(go_on(PTRACE_CONT, thread, 0), 0));
  CHECK(ended_with(wait_for(child), 0));
}

static void run_program(void) {
  execl("/proc/self/exe", "conformance", "--report-self", (char *)NULL);
  _exit(1);
}
static void exec_event(void) {
  for (int with_option = 0; with_option < 2; ++with_option) {
    const pid_t child = stopped_child(run_program);
    if (with_option) CHECK(trace(PTRACE_SETOPTIONS, child, 0, PTRACE_O_TRACEEXEC) == 0);
    const int status = go_on(PTRACE_CONT, child, 0);
    CHECK(stopped_by(status, with_option ? SIGTRAP | PTRACE_EVENT_EXEC << 8 : SIGTRAP));
    CHECK((long)RESULT(registers_of(child)) == (with_option ? kResultAtExec : 0));
    const struct user_regs_struct registers = registers_of(child);
    if (with_option) CHECK(message_of(child) == (unsigned long)child && call_of(child, &registers) == SYS_execve);
    end(child);
  }
}

static int ends[2];
static void read_one(void) {
  char byte = 0;
  _exit(read(ends[0], &byte, 1) == 1 && byte == 'x' ? 0 : 1);
}
static void interrupted_call(void) {
  CHECK(pipe(ends) == 0);
  const pid_t child = fork();
  if (child == 0) read_one();
  CHECK(wait_for_state(child, 'S') && trace(PTRACE_ATTACH, child, 0, 0) == 0 && stopped_by(wait_for(child), SIGSTOP));
  struct user_regs_struct registers = registers_of(child);
  CHECK(shows_interrupted_read(child, &registers, ends[0]));
  CHECK(trace(PTRACE_SETOPTIONS, child, 0, PTRACE_O_TRACESYSGOOD) == 0);
  CHECK(stopped_by(go_on(PTRACE_SYSCALL, child, 0), SIGTRAP | 0x80));  // it starts again
  registers = registers_of(child);
  CHECK(call_of(child, &registers) == SYS_read && shows_entry(&registers));
  CHECK(trace(PTRACE_CONT, child, 0, 0) == 0 && write(ends[1], "x", 1) == 1 && ended_with(wait_for(child), 0));
}

static void wait_ways(void) {
  const pid_t child = sleeper();
  siginfo_t info;
  CHECK(trace(PTRACE_SEIZE, child, 0, 0) == 0 && trace(PTRACE_INTERRUPT, child, 0, 0) == 0);
  CHECK(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT) == 0 && info.si_code == CLD_TRAPPED && info.si_pid == child);
  CHECK(info.si_status == (SIGTRAP | kEventStop << 8));
  CHECK(waitid(P_ALL, 0, &info, WSTOPPED | __WNOTHREAD) == 0 && info.si_code == CLD_TRAPPED);
  int status = 0;
  CHECK(waitpid(-1, &status, WNOHANG | __WCLONE | __WALL) == 0);
  CHECK(trace(PTRACE_KILL, child, 0, 0) == 0 && died_of(wait_for(child), SIGKILL));
}

// Traced by a grandchild's side: the parent learns of the end after the tracer.
static void foreign_child(void) {
  const pid_t child = sleeper();
  int told[2];
  CHECK(pipe(told) == 0);
  const pid_t tracer = fork();
  if (tracer == 0) {
    CHECK(trace(PTRACE_ATTACH, child, 0, 0) == 0 && stopped_by(wait_for(child), SIGSTOP));
    CHECK(trace(PTRACE_CONT, child, 0, 0) == 0 && write(told[1], "a", 1) == 1);
    siginfo_t info;
    CHECK(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT) == 0 && info.si_code == CLD_KILLED);
    CHECK(write(told[1], "b", 1) == 1 && died_of(wait_for(child), SIGKILL));
    _exit(0);
  }
  char byte;
  CHECK(read(told[0], &byte, 1) == 1 && tracer_of(child) == tracer && kill(child, SIGKILL) == 0);
  CHECK(read(told[0], &byte, 1) == 1);
  CHECK(died_of(wait_for(child), SIGKILL) && ended_with(wait_for(tracer), 0));
}

static void tracer_ends(void) {
  for (int kills = 0; kills < 2; ++kills) {
    const pid_t child = sleeper();
    const pid_t tracer = fork();
    if (tracer == 0) {
      CHECK(trace(PTRACE_SEIZE, child, 0, kills ? PTRACE_O_EXITKILL : 0) == 0 && trace(PTRACE_INTERRUPT, child, 0, 0) == 0);
      CHECK(event_of(wait_for(child)) == kEventStop);
      _exit(0);
    }
    CHECK(ended_with(wait_for(tracer), 0));
    if (!kills) CHECK(wait_for_state(child, 'S') && tracer_of(child) == 0 && kill(child, SIGKILL) == 0);
    CHECK(died_of(wait_for(child), SIGKILL));
  }
}

static void permissions(void) {
  const pid_t other = fork();
  if (other == 0) sleep_for_ever();
  const pid_t hidden = fork();
  if (hidden == 0) {
    if (setgid(7777) != 0 || setuid(7777) != 0 || prctl(PR_SET_DUMPABLE, 0) != 0) _exit(1);
    sleep_for_ever();
  }
  const pid_t same = fork();
  if (same == 0) {
    if (setgid(7777) != 0 || setuid(7777) != 0 || prctl(PR_SET_DUMPABLE, 1) != 0) _exit(1);
    sleep_for_ever();
  }
  CHECK(wait_for_state(other, 'S') && wait_for_state(hidden, 'S') && wait_for_state(same, 'S'));
  const pid_t tracer = fork();
  if (tracer == 0) {
    CHECK(setgid(7777) == 0 && setuid(7777) == 0);
    CHECK_ERRNO(EPERM, trace(PTRACE_ATTACH, other, 0, 0));
    CHECK_ERRNO(EPERM, trace(PTRACE_SEIZE, hidden, 0, 0));
    CHECK(trace(PTRACE_SEIZE, same, 0, 0) == 0);
    _exit(0);
  }
  CHECK(ended_with(wait_for(tracer), 0));
  end(other), end(hidden), end(same);
}

static void killed_while_stopped(void) {
  const pid_t child = stopped_child(nothing);
  CHECK(kill(child, SIGKILL) == 0 && died_of(wait_for(child), SIGKILL));
}

static void proc_files(void) {
  const pid_t child = stopped_child(sleep_for_ever);
  char path[64], text[512];
  snprintf(path, sizeof(path), "/proc/%d/auxv", child);
  int file = open(path, O_RDONLY);
  unsigned long words[128];
  const ssize_t got = read(file, words, sizeof(words));
  close(file);
  CHECK(got > 16 && got % 16 == 0 && words[got / 8 - 2] == AT_NULL);
  int page = 0;
  for (ssize_t at = 0; at < got / 8; at += 2) page |= words[at] == AT_PAGESZ && words[at + 1] == 4096;
  CHECK(page);
  CHECK(trace(PTRACE_CONT, child, 0, 0) == 0 && wait_for_state(child, 'S'));
  snprintf(path, sizeof(path), "/proc/%d/syscall", child);
  file = open(path, O_RDONLY);
  const ssize_t length = read(file, text, sizeof(text) - 1);
  close(file);
  CHECK(length > 0);
  text[length] = 0;
  CHECK(atoi(text) == kPauseCall && strstr(text, " 0x") != NULL);
  end(child);
}

// The tracee's core may write its registers down when it rests, which is soon after the stop:
// before or after the tracer changes them, never over what the tracer wrote.
static void register_sets_often(void) {
  for (int round = 0; round < 60; ++round) register_sets();
}

static const struct test tests[] = {
    {"first_stop", first_stop},         {"errors", errors},
    {"calls", calls},                   {"change_calls", change_calls},
    {"memory", memory},                 {"memory_file", memory_file},
    {"shared_stays", shared_stays},     {"register_sets", register_sets},
    {"register_sets_often", register_sets_often},
    {"single_steps", single_steps},     {"step_into_handler", step_into_handler},
    {"own_traps", own_traps},           {"signals", signals},
    {"pending", pending},               {"attach", attach},
    {"group_stop", group_stop},         {"seize", seize},
    {"seize_stopped", seize_stopped},   {"fork_event", fork_event},
    {"vfork_event", vfork_event},       {"thread_event", thread_event},
    {"exec_event", exec_event},         {"interrupted_call", interrupted_call},
    {"wait_ways", wait_ways},           {"foreign_child", foreign_child},
    {"tracer_ends", tracer_ends},       {"permissions", permissions},
    {"killed_while_stopped", killed_while_stopped}, {"proc_files", proc_files},
};
SUITE(ptrace_suite, "ptrace", tests);
