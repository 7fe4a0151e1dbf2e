// SPDX-License-Identifier: Apache-2.0
// Signals: masks, SA_RESTART, siginfo, alternate stacks, queues, default actions.
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "machine.h"
#include "test.h"

static volatile sig_atomic_t seen, order[16], count;
static siginfo_t last;

static void note(int signal) {
  seen = signal;
  if (count < 16) order[count] = signal;
  ++count;
}

static void note_info(int signal, siginfo_t *info, void *context) {
  (void)context;
  last = *info;
  note(signal);
}

static void handle(int signal, void (*handler)(int), int flags) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
  CHECK(sigaction(signal, &action, NULL) == 0);
}

static void handle_info(int signal, int flags) {
  struct sigaction action = {.sa_sigaction = note_info, .sa_flags = flags | SA_SIGINFO};
  CHECK(sigaction(signal, &action, NULL) == 0);
}

static void change_mask(int how, int signal) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  CHECK(sigprocmask(how, &set, NULL) == 0);
}

static int is_pending(int signal) {
  sigset_t set;
  CHECK(sigpending(&set) == 0);
  return sigismember(&set, signal);
}

static void masks(void) {
  handle(SIGUSR1, note, 0);
  change_mask(SIG_BLOCK, SIGUSR1);
  CHECK(raise(SIGUSR1) == 0 && raise(SIGUSR1) == 0 && count == 0 && is_pending(SIGUSR1));
  change_mask(SIG_UNBLOCK, SIGUSR1);
  CHECK(count == 1 && seen == SIGUSR1 && !is_pending(SIGUSR1));
  change_mask(SIG_BLOCK, SIGKILL);  // allowed, without effect
  sigset_t set;
  CHECK(sigprocmask(SIG_BLOCK, NULL, &set) == 0 && !sigismember(&set, SIGKILL));
  CHECK_ERRNO(EINVAL, sigprocmask(77, &set, NULL));
  struct sigaction action = {.sa_handler = note};
  CHECK_ERRNO(EINVAL, sigaction(SIGKILL, &action, NULL));
  CHECK_ERRNO(EINVAL, sigaction(SIGSTOP, &action, NULL));
  CHECK_ERRNO(EINVAL, kill(getpid(), 65));
  CHECK_ERRNO(ESRCH, kill(999999, SIGTERM));
}

static void ignored_is_dropped(void) {
  signal(SIGUSR1, SIG_IGN);
  change_mask(SIG_BLOCK, SIGUSR1);
  raise(SIGUSR1);
  handle(SIGUSR1, note, 0);
  change_mask(SIG_UNBLOCK, SIGUSR1);
  // Linux keeps a blocked signal pending even when it was ignored at that time.
  const int first = count;
  change_mask(SIG_BLOCK, SIGUSR1);
  raise(SIGUSR1);
  signal(SIGUSR1, SIG_IGN);  // drops what is pending
  handle(SIGUSR1, note, 0);
  change_mask(SIG_UNBLOCK, SIGUSR1);
  CHECK(count == first);
}

static void handler_mask(void) {
  struct sigaction action = {.sa_handler = note};
  sigaddset(&action.sa_mask, SIGUSR2);
  handle(SIGUSR2, note, 0);
  CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
  change_mask(SIG_BLOCK, SIGUSR1);
  change_mask(SIG_BLOCK, SIGUSR2);
  raise(SIGUSR2);
  raise(SIGUSR1);
  sigset_t none;
  sigemptyset(&none);
  CHECK_ERRNO(EINTR, sigsuspend(&none));
  CHECK(count == 1 && seen == SIGUSR1 && is_pending(SIGUSR2));  // the other waited for the handler
  sigset_t now;
  CHECK(sigprocmask(SIG_BLOCK, NULL, &now) == 0 && sigismember(&now, SIGUSR1) && sigismember(&now, SIGUSR2));
}

// One object is the new mask and gets the old one, also where a signal is delivered by that.
static void mask_in_place(void) {
  handle(SIGUSR1, note, 0);
  change_mask(SIG_BLOCK, SIGUSR1);
  raise(SIGUSR1);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR2);
  CHECK(sigprocmask(SIG_SETMASK, &set, &set) == 0 && count == 1);
  CHECK(sigismember(&set, SIGUSR1) && !sigismember(&set, SIGUSR2));
  CHECK(sigprocmask(SIG_SETMASK, &set, &set) == 0 && sigismember(&set, SIGUSR2) && !sigismember(&set, SIGUSR1));
}

static void flags(void) {
  handle(SIGUSR1, note, (int)SA_RESETHAND);
  raise(SIGUSR1);
  struct sigaction action;
  CHECK(count == 1 && sigaction(SIGUSR1, NULL, &action) == 0 && action.sa_handler == SIG_DFL);
  handle(SIGUSR2, note, SA_NODEFER);
  raise(SIGUSR2);
  sigset_t now;
  CHECK(sigprocmask(SIG_BLOCK, NULL, &now) == 0 && !sigismember(&now, SIGUSR2));
}

// Once the caller sleeps.
static void signal_me_asleep(int signal) {
  const pid_t me = getpid();
  if (fork() != 0) return;
  CHECK(wait_for_state(me, 'S') && kill(me, signal) == 0);
  _exit(0);
}

static void interrupted_read(void) {
  int ends[2];
  char byte;
  CHECK(pipe(ends) == 0);
  handle(SIGUSR1, note, 0);
  // Again and again: one that comes before the read interrupts nothing.
  const pid_t me = getpid(), sender = fork();
  if (sender == 0) {
    for (;;) {
      sleep_ms(50);
      if (kill(me, SIGUSR1) != 0) _exit(0);
    }
  }
  CHECK_ERRNO(EINTR, read(ends[0], &byte, 1));
  CHECK(count >= 1);
  CHECK(signal(SIGUSR1, SIG_IGN) == note);
  CHECK(kill(sender, SIGKILL) == 0 && waitpid(sender, NULL, 0) == sender);
}

static void restarted_read(void) {
  int ends[2];
  char byte;
  CHECK(pipe(ends) == 0);
  handle(SIGUSR1, note, SA_RESTART);
  const pid_t me = getpid();
  if (fork() == 0) {
    sleep_ms(50);
    kill(me, SIGUSR1);
    sleep_ms(50);
    CHECK(write(ends[1], "r", 1) == 1);
    _exit(0);
  }
  CHECK(read(ends[0], &byte, 1) == 1 && byte == 'r' && count == 1);
}

static int gate[2];
static void note_and_open(int signal) {
  note(signal);
  CHECK(write(gate[1], "o", 1) == 1);
}

// The child goes on when the handler has run.
static void restarted_wait(void) {
  CHECK(pipe(gate) == 0);
  handle(SIGUSR1, note_and_open, SA_RESTART);
  signal_me_asleep(SIGUSR1);
  const pid_t child = fork();
  if (child == 0) {
    char byte;
    _exit(read(gate[0], &byte, 1) == 1 ? 8 : 1);
  }
  int status;
  CHECK(waitpid(child, &status, 0) == child && ended_with(status, 8) && count == 1);
}

static void never_restarted(void) {
  handle(SIGUSR1, note, SA_RESTART);
  signal_me_asleep(SIGUSR1);
  struct timespec time = {5, 0}, left = {0};
  CHECK_ERRNO(EINTR, nanosleep(&time, &left));
  CHECK(left.tv_sec >= 3 && left.tv_sec <= 5);  // Linux counts its slack of 50 us as well
  signal_me_asleep(SIGUSR1);
  CHECK_ERRNO(EINTR, poll(NULL, 0, 5000));
  signal_me_asleep(SIGUSR1);
  CHECK_ERRNO(EINTR, pause());
  CHECK(count == 3);
}

static void stop_does_not_interrupt(void) {
  int ends[2];
  CHECK(pipe(ends) == 0);
  const pid_t child = fork();
  if (child == 0) {
    char byte;
    _exit(read(ends[0], &byte, 1) == 1 ? 0 : errno);
  }
  int status;
  CHECK(wait_for_state(child, 'S'));
  CHECK(kill(child, SIGSTOP) == 0 && waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status));
  CHECK(kill(child, SIGCONT) == 0);
  sleep_ms(50);
  CHECK(write(ends[1], "x", 1) == 1 && waitpid(child, &status, 0) == child && ended_with(status, 0));
}

static void sender(void) {
  handle_info(SIGUSR1, 0);
  CHECK(kill(getpid(), SIGUSR1) == 0);
  CHECK(last.si_code == SI_USER && last.si_pid == getpid() && last.si_uid == getuid());
  const union sigval value = {.sival_int = 4711};
  CHECK(sigqueue(getpid(), SIGUSR1, value) == 0);
  CHECK(last.si_code == SI_QUEUE && last.si_value.sival_int == 4711);
  handle_info(SIGCHLD, 0);
  const pid_t child = fork();
  if (child == 0) _exit(17);
  while (seen != SIGCHLD) sleep_ms(1);
  CHECK(last.si_pid == child && last.si_code == CLD_EXITED && last.si_status == 17);
}

static sigjmp_buf jump;
static void note_and_jump(int signal, siginfo_t *info, void *context) {
  note_info(signal, info, context);
  siglongjmp(jump, 1);
}

static void fault_address(void) {
  struct sigaction action = {.sa_sigaction = note_and_jump, .sa_flags = SA_SIGINFO};
  CHECK(sigaction(SIGSEGV, &action, NULL) == 0 && sigaction(SIGFPE, &action, NULL) == 0 && sigaction(SIGILL, &action, NULL) == 0 &&
        sigaction(SIGTRAP, &action, NULL) == 0 && sigaction(SIGBUS, &action, NULL) == 0);
  volatile char *nowhere = (volatile char *)0x123000;
  if (sigsetjmp(jump, 1) == 0) *nowhere = 1;
  CHECK(seen == SIGSEGV && last.si_code == SEGV_MAPERR && last.si_addr == (void *)0x123000);
  char *fixed = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (sigsetjmp(jump, 1) == 0) fixed[5] = 1;
  CHECK(last.si_code == SEGV_ACCERR && last.si_addr == fixed + 5);
  for (size_t at = 0; at < sizeof(machine_faults) / sizeof(machine_faults[0]); ++at) {
    const struct machine_fault *fault = &machine_faults[at];
    if (sigsetjmp(jump, 1) == 0) fault->act();
    CHECK(seen == fault->signal && last.si_code == fault->code);
    CHECK(fault->address == kAnyAddress || (fault->address == kOwnAddress) == (last.si_addr != NULL));
  }
}

static void repair(int signal, siginfo_t *info, void *context) {
  note(signal);
  mprotect((void *)((uintptr_t)info->si_addr & ~(uintptr_t)4095), 4096, PROT_READ | PROT_WRITE);
  (void)context;
}

static void fault_repaired(void) {
  struct sigaction action = {.sa_sigaction = repair, .sa_flags = SA_SIGINFO};
  CHECK(sigaction(SIGSEGV, &action, NULL) == 0);
  volatile char *memory = mmap(NULL, 16384, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  for (int page = 0; page < 4; ++page) memory[page * 4096] = 7;
  CHECK(count == 4 && memory[0] == 7 && memory[3 * 4096] == 7);
}

static void skip_instruction(int signal, siginfo_t *info, void *context) {
  (void)info;
  note(signal);
  machine_skip_trap((ucontext_t *)context, 99);
}

static void context_changes(void) {
  struct sigaction action = {.sa_sigaction = skip_instruction, .sa_flags = SA_SIGINFO};
  CHECK(sigaction(SIGILL, &action, NULL) == 0);
  const long result = machine_trap_for_result();
  CHECK(result == 99 && count == 1);
}

static volatile uintptr_t handler_stack;
static void note_stack(int signal) {
  char here;
  handler_stack = (uintptr_t)&here;
  stack_t now;
  if (sigaltstack(NULL, &now) == 0 && (now.ss_flags & SS_ONSTACK)) note(signal);
}

static void alternate_stack(void) {
  static char area[65536];
  const stack_t stack = {.ss_sp = area, .ss_size = sizeof(area)}, small = {.ss_sp = area, .ss_size = 100};
  CHECK_ERRNO(ENOMEM, sigaltstack(&small, NULL));
  CHECK(sigaltstack(&stack, NULL) == 0);
  handle(SIGUSR1, note_stack, SA_ONSTACK);
  raise(SIGUSR1);
  CHECK(count == 1 && handler_stack > (uintptr_t)area && handler_stack < (uintptr_t)area + sizeof(area));
  stack_t now;
  CHECK(sigaltstack(NULL, &now) == 0 && now.ss_flags == 0 && now.ss_sp == area);
}

__attribute__((noinline)) static int overflow(int depth) {
  volatile char space[4096];
  space[0] = (char)depth;
  return depth < 0 ? 0 : overflow(depth + 1) + space[0];
}

static void stack_overflow(void) {
  static char area[65536];
  const stack_t stack = {.ss_sp = area, .ss_size = sizeof(area)};
  struct sigaction action = {.sa_sigaction = note_and_jump, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  CHECK(sigaltstack(&stack, NULL) == 0 && sigaction(SIGSEGV, &action, NULL) == 0);
  if (sigsetjmp(jump, 1) == 0) overflow(0);
  CHECK(seen == SIGSEGV);
}

static void segv_without_stack(void) {
  machine_lose_stack();
}
static void stack_gone(void) {
  struct sigaction action = {.sa_handler = note};
  sigaction(SIGSEGV, &action, NULL);
  segv_without_stack();
}
static void no_room_for_handler(void) { CHECK(died_of(child_status(stack_gone), SIGSEGV)); }

static void blocked_fault(void) {
  change_mask(SIG_BLOCK, SIGSEGV);
  *(volatile char *)0 = 1;
}
static void blocked_fault_kills(void) { CHECK(died_of(child_status(blocked_fault), SIGSEGV)); }

static void ignored_fault(void) {
  signal(SIGSEGV, SIG_IGN);
  *(volatile char *)0 = 1;
}
static void ignored_fault_kills(void) { CHECK(died_of(child_status(ignored_fault), SIGSEGV)); }

static void real_time_queue(void) {
  handle_info(SIGRTMIN, 0);
  handle_info(SIGRTMIN + 1, 0);
  change_mask(SIG_BLOCK, SIGRTMIN);
  change_mask(SIG_BLOCK, SIGRTMIN + 1);
  for (int i = 0; i < 3; ++i) {
    const union sigval value = {.sival_int = i};
    CHECK(sigqueue(getpid(), SIGRTMIN + 1, value) == 0 && sigqueue(getpid(), SIGRTMIN, value) == 0);
  }
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGRTMIN);
  siginfo_t info;
  for (int i = 0; i < 3; ++i) CHECK(sigwaitinfo(&set, &info) == SIGRTMIN && info.si_value.sival_int == i);
  const struct timespec none = {0, 0};
  CHECK_ERRNO(EAGAIN, sigtimedwait(&set, &info, &none));
  change_mask(SIG_UNBLOCK, SIGRTMIN + 1);
  CHECK(count == 3 && last.si_value.sival_int == 2);
}

static void default_actions(void) {
  CHECK(raise(SIGCHLD) == 0 && raise(SIGURG) == 0 && raise(SIGWINCH) == 0 && raise(SIGCONT) == 0);
}

static void inherited(void) {
  handle(SIGUSR1, note, 0);
  signal(SIGUSR2, SIG_IGN);
  change_mask(SIG_BLOCK, SIGTERM);
  change_mask(SIG_BLOCK, SIGHUP);
  raise(SIGHUP);
  const pid_t child = fork();
  if (child == 0) {
    CHECK(!is_pending(SIGHUP));  // what is pending is not inherited, the rest is
    raise(SIGUSR1);
    raise(SIGUSR2);
    raise(SIGTERM);
    _exit(count == 1 && is_pending(SIGTERM) ? 0 : 1);
  }
  int status;
  CHECK(waitpid(child, &status, 0) == child && ended_with(status, 0) && is_pending(SIGHUP));
}

static void interval_timer(void) {
  handle(SIGALRM, note, 0);
  const struct itimerval often = {{0, 10000}, {0, 10000}}, never = {{0, 0}, {0, 0}};
  CHECK(setitimer(ITIMER_REAL, &often, NULL) == 0);
  while (count < 3) pause();
  struct itimerval left;
  CHECK(getitimer(ITIMER_REAL, &left) == 0 && left.it_interval.tv_usec == 10000);
  CHECK(setitimer(ITIMER_REAL, &never, NULL) == 0);
  CHECK(alarm(100) == 0);
  const unsigned rest = alarm(0);
  CHECK(rest >= 99 && rest <= 100);
}

static void vector_registers_survive(void) {
  handle(SIGUSR1, note, 0);
  CHECK(machine_kill_with_vector(SIGUSR1, 1.5) == 1.5 && count == 1);
}

static void descriptor(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  change_mask(SIG_BLOCK, SIGUSR1);
  const int file = signalfd(-1, &set, SFD_NONBLOCK);
  SKIP_UNLESS_THERE(file);
  CHECK(file >= 0);
  struct signalfd_siginfo info;
  CHECK_ERRNO(EAGAIN, read(file, &info, sizeof(info)));
  raise(SIGUSR1);
  CHECK(read(file, &info, sizeof(info)) == sizeof(info) && info.ssi_signo == SIGUSR1 && info.ssi_pid == (uint32_t)getpid());
}

static void descriptor_waits(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR2);
  sigaddset(&set, SIGRTMIN + 1);
  sigaddset(&set, SIGCHLD);
  CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
  const int file = signalfd(-1, &set, SFD_CLOEXEC);
  struct signalfd_siginfo info[3];
  struct pollfd wait = {file, POLLIN, 0};
  CHECK(poll(&wait, 1, 0) == 0);
  const pid_t parent = getpid(), child = fork();
  if (child == 0) {
    CHECK(wait_for_state(parent, 'S') && kill(parent, SIGUSR2) == 0);
    _exit(9);
  }
  CHECK(read(file, info, sizeof(info[0])) == sizeof(info[0]) && info[0].ssi_signo == SIGUSR2);
  CHECK(info[0].ssi_pid == (uint32_t)child && info[0].ssi_code == SI_USER && info[0].ssi_uid == getuid());
  CHECK(poll(&wait, 1, 10000) == 1 && wait.revents == POLLIN && read(file, info, sizeof(info)) == sizeof(info[0]));
  CHECK(info[0].ssi_signo == SIGCHLD && info[0].ssi_code == CLD_EXITED && info[0].ssi_status == 9 && info[0].ssi_pid == (uint32_t)child);
  CHECK(sigqueue(parent, SIGRTMIN + 1, (union sigval){.sival_int = 5}) == 0 && raise(SIGUSR2) == 0);
  CHECK(sigqueue(parent, SIGRTMIN + 1, (union sigval){.sival_int = 6}) == 0);
  CHECK(read(file, info, sizeof(info)) == sizeof(info) && info[0].ssi_signo == SIGUSR2);
  CHECK(info[1].ssi_int == 5 && info[1].ssi_code == SI_QUEUE && info[2].ssi_int == 6);
  // Another set for the same descriptor.
  sigemptyset(&set);
  sigaddset(&set, SIGHUP);
  CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0 && signalfd(file, &set, 0) == file && raise(SIGHUP) == 0);
  CHECK(raise(SIGUSR2) == 0 && read(file, info, sizeof(info)) == sizeof(info[0]) && info[0].ssi_signo == SIGHUP);
  CHECK_ERRNO(EINVAL, read(file, info, 100));
  CHECK_ERRNO(EINVAL, signalfd(0, &set, 0));
  CHECK_ERRNO(EBADF, signalfd(500, &set, 0));
  CHECK_ERRNO(EINVAL, signalfd(-1, &set, 1));
}

static const struct test tests[] = {
    {"masks", masks}, {"ignored_is_dropped", ignored_is_dropped}, {"handler_mask", handler_mask}, {"mask_in_place", mask_in_place}, {"flags", flags},
    {"interrupted_read", interrupted_read}, {"restarted_read", restarted_read}, {"restarted_wait", restarted_wait},
    {"never_restarted", never_restarted}, {"stop_does_not_interrupt", stop_does_not_interrupt}, {"sender", sender},
    {"fault_address", fault_address}, {"fault_repaired", fault_repaired}, {"context_changes", context_changes},
    {"alternate_stack", alternate_stack}, {"stack_overflow", stack_overflow}, {"no_room_for_handler", no_room_for_handler},
    {"blocked_fault_kills", blocked_fault_kills}, {"ignored_fault_kills", ignored_fault_kills},
    {"real_time_queue", real_time_queue}, {"default_actions", default_actions}, {"inherited", inherited},
    {"interval_timer", interval_timer}, {"vector_registers_survive", vector_registers_survive}, {"descriptor", descriptor},
    {"descriptor_waits", descriptor_waits},
};
SUITE(signal_suite, "signal", tests);
