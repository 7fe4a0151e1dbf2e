// SPDX-License-Identifier: Apache-2.0
// seccomp: filters, what they answer, who inherits them.
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "machine.h"
#include "seccomp.h"
#include "test.h"

static long install(const struct instruction *program, size_t count, unsigned flags) {
  struct {
    unsigned short count;
    const struct instruction *program;
  } all = {(unsigned short)count, program};
  return syscall(SYS_seccomp, kSetFilter, flags, &all);
}
#define INSTALL(program) install(program, sizeof(program) / sizeof((program)[0]), 0)
// Not libc's, which takes it for a call that cannot fail.
static int ask_parent(void) { return (int)syscall(SYS_getppid); }
// RESULT for one call, all else is allowed.
static long answer(long number, unsigned result) {
  const struct instruction program[] = {
      {kLoadWord, 0, 0, 0}, {kIfEqual, 0, 1, (unsigned)number}, {kReturn, 0, 0, result}, {kReturn, 0, 0, kAllow}};
  return INSTALL(program);
}
static void check_there(void) { SKIP_UNLESS_THERE(syscall(SYS_seccomp, kActionAvailable, 0, &(unsigned){kAllow})); }

static void errnos(void) {
  check_there();
  CHECK(prctl(PR_GET_SECCOMP) == 0 && answer(SYS_getppid, kErrno | 77) == 0 && prctl(PR_GET_SECCOMP) == 2);
  CHECK_ERRNO(77, ask_parent());
  CHECK(getpid() > 0);
  CHECK(answer(SYS_getppid, kErrno | 88) == 0);  // the newest of equals is asked first
  CHECK_ERRNO(88, ask_parent());
  CHECK(answer(SYS_getppid, kAllow) == 0);  // cannot be taken back
  CHECK_ERRNO(88, ask_parent());
  CHECK(answer(SYS_getsid, kErrno) == 0 && syscall(SYS_getsid, 0) == 0);
  CHECK(answer(SYS_getpgid, kErrno | 0xffff) == 0 && syscall(SYS_getpgid, 0) == -1 && errno == 4095);
  CHECK(answer(SYS_umask, kLog) == 0 && umask(022) >= 0);
  CHECK(answer(SYS_sync, kTrace) == 0);
  CHECK_ERRNO(ENOSYS, (int)syscall(SYS_sync));
}

static void deny(void) { CHECK(answer(SYS_getppid, kKillProcess) == 0); ask_parent(); }
static void deny_thread(void) { CHECK(answer(SYS_getppid, kKillThread) == 0); ask_parent(); }
static void deny_unknown(void) { CHECK(answer(SYS_getppid, 0x12340000) == 0); ask_parent(); }
static void deny_most(void) {
  CHECK(answer(SYS_getppid, kErrno | 1) == 0 && answer(SYS_getppid, kTrap) == 0 && answer(SYS_getppid, kAllow) == 0);
  ask_parent();
}
static void *ask(void *unused) {
  ask_parent();
  return unused;
}
static void thread_only(void) {
  pthread_t thread;
  CHECK(answer(SYS_getppid, kKillThread) == 0 && pthread_create(&thread, NULL, ask, NULL) == 0);
  sleep_ms(100);
  _exit(5);
}
static void kills(void) {
  check_there();
  CHECK(died_of(child_status(deny), SIGSYS) && died_of(child_status(deny_thread), SIGSYS));
  CHECK(died_of(child_status(deny_unknown), SIGSYS) && died_of(child_status(deny_most), SIGSYS));
  CHECK(ended_with(child_status(thread_only), 5));
}

static siginfo_t trapped;
static volatile int traps;
static void trap(int signal, siginfo_t *info, void *context) {
  (void)signal, (void)context;
  trapped = *info;
  ++traps;
}
static void trap_signals(void) {
  check_there();
  struct sigaction action = {.sa_sigaction = trap, .sa_flags = SA_SIGINFO};
  sigaction(SIGSYS, &action, NULL);
  CHECK(answer(SYS_getppid, kTrap | 99) == 0);
  // The result's register still holds what it did: nothing was done.
  CHECK(syscall(SYS_getppid, 77L) == machine_undone(SYS_getppid, 77) && traps == 1);
  CHECK(trapped.si_signo == SIGSYS && trapped.si_code == 1 && trapped.si_errno == 99 && trapped.si_syscall == SYS_getppid);
  CHECK(trapped.si_arch == kAuditArchitecture && trapped.si_call_addr != NULL);
}

static void strict_read(void) {
  char byte;
  CHECK(syscall(SYS_seccomp, kSetStrict, 0, NULL) == 0);
  if (read(-1, &byte, 1) == -1 && errno == EBADF) syscall(SYS_exit, 7);
}
static void strict_other(void) {
  CHECK(prctl(PR_SET_SECCOMP, 1) == 0);
  ask_parent();
}
static void strict_after_filter(void) {
  CHECK(answer(SYS_getppid, kErrno | 1) == 0);
  CHECK_ERRNO(EINVAL, (int)syscall(SYS_seccomp, kSetStrict, 0, NULL));
}
static void strict(void) {
  check_there();
  CHECK(ended_with(child_status(strict_read), 7) && died_of(child_status(strict_other), SIGKILL));
  CHECK(ended_with(child_status(strict_after_filter), 0));
  CHECK_ERRNO(EINVAL, (int)syscall(SYS_seccomp, kSetStrict, 1, NULL));
  CHECK_ERRNO(EINVAL, (int)syscall(SYS_seccomp, 99, 0, NULL));
  CHECK_ERRNO(EINVAL, prctl(PR_SET_SECCOMP, 3));
}

static void inherited(void) {
  check_there();
  CHECK(answer(SYS_getppid, kErrno | 50) == 0);
  const pid_t child = fork();
  if (child == 0) {
    CHECK_ERRNO(50, ask_parent());
    // And through exec: the shell asks for its parent when it starts, or says so.
    char *words[] = {"/bin/sh", "-c", "grep -q '^Seccomp:.2$' /proc/self/status && grep -q '^Seccomp_filters:.1$' /proc/self/status", NULL};
    char *environment[] = {"PATH=/bin:/usr/bin", NULL};
    execve(words[0], words, environment);
    _exit(99);
  }
  int status;
  CHECK(waitpid(child, &status, 0) == child && ended_with(status, 0));
}

// To be able to gain nothing by exec is the price of a filter for who is not root.
static void unprivileged(void) {
  CHECK(setgid(4242) == 0 && setuid(4242) == 0);
  CHECK_ERRNO(EACCES, (int)answer(SYS_getppid, kErrno | 1));
  CHECK(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
  CHECK(answer(SYS_getppid, kErrno | 1) == 0);
  CHECK_ERRNO(1, ask_parent());
}
static void rights(void) {
  check_there();
  CHECK(ended_with(child_status(unprivileged), 0));
}

static volatile int released;
static void *ask_later(void *result) {
  while (!released) sleep_ms(1);
  errno = 0;
  *(int *)result = ask_parent() == -1 ? errno : 0;
  return NULL;
}
static void *filter_alone(void *result) {
  *(long *)result = answer(SYS_getsid, kErrno | 3) == 0 ? gettid() : -1;
  while (!released) sleep_ms(1);
  return NULL;
}
static void threads(void) {
  check_there();
  static const struct instruction refuse[] = {
      {kLoadWord, 0, 0, 0}, {kIfEqual, 0, 1, SYS_getppid}, {kReturn, 0, 0, kErrno | 60}, {kReturn, 0, 0, kAllow}};
  pthread_t thread, other;
  int first = -1;
  long second = 0;
  CHECK(pthread_create(&thread, NULL, ask_later, &first) == 0 && install(refuse, 4, kSynchronize) == 0);
  CHECK(pthread_create(&other, NULL, filter_alone, &second) == 0);
  while (__atomic_load_n(&second, __ATOMIC_SEQ_CST) == 0) sleep_ms(1);
  CHECK(second > 0 && install(refuse, 4, kSynchronize) == second);
  CHECK_ERRNO(ESRCH, (int)install(refuse, 4, kSynchronize | kSynchronizeSearch));
  released = 1;
  CHECK(pthread_join(thread, NULL) == 0 && pthread_join(other, NULL) == 0 && first == 60);
}

static void checks(void) {
  check_there();
  static const struct {
    struct instruction program[3];
    int count, error;
  } cases[] = {
      {{{kReturn, 0, 0, kAllow}}, 0, EINVAL},
      {{{kLoadWord, 0, 0, 0}}, 1, EINVAL},                                  // does not return
      {{{kLoadWord, 0, 0, 64}, {kReturn, 0, 0, kAllow}}, 2, EINVAL},        // behind the end
      {{{kLoadWord, 0, 0, 2}, {kReturn, 0, 0, kAllow}}, 2, EINVAL},         // not a word
      {{{kLoadWord, 0, 0, 60}, {kReturn, 0, 0, kAllow}}, 2, 0},
      {{{0x28, 0, 0, 0}, {kReturn, 0, 0, kAllow}}, 2, EINVAL},              // a half word
      {{{kJump, 0, 0, 1}, {kReturn, 0, 0, kAllow}}, 2, EINVAL},             // out of the program
      {{{kJump, 0, 0, 0xffffffff}, {kReturn, 0, 0, kAllow}}, 2, EINVAL},
      {{{kIfEqual, 1, 0, 1}, {kReturn, 0, 0, kAllow}}, 2, EINVAL},
      {{{kIfEqual, 0, 0, 1}, {kReturn, 0, 0, kAllow}}, 2, 0},
      {{{0x60, 0, 0, 0}, {kReturn, 0, 0, kAllow}}, 2, EINVAL},              // a word never stored
      {{{0x02, 0, 0, 0}, {0x60, 0, 0, 0}, {kReturn, 0, 0, kAllow}}, 3, 0},
      {{{0x02, 0, 0, 16}, {kReturn, 0, 0, kAllow}}, 2, EINVAL},
      {{{0x34, 0, 0, 0}, {kReturn, 0, 0, kAllow}}, 2, EINVAL},              // divided by zero
      {{{0x64, 0, 0, 32}, {kReturn, 0, 0, kAllow}}, 2, EINVAL},             // shifted too far
      {{{0x94, 0, 0, 3}, {kReturn, 0, 0, kAllow}}, 2, EINVAL},              // a remainder
      {{{0x50, 0, 0, 0}, {kReturn, 0, 0, kAllow}}, 2, EINVAL},              // relative to X
      {{{0xffff, 0, 0, 0}, {kReturn, 0, 0, kAllow}}, 2, EINVAL},
  };
  for (size_t at = 0; at < sizeof cases / sizeof cases[0]; ++at) {
    errno = 0;
    const long done = install(cases[at].program, (size_t)cases[at].count, 0);
    if ((cases[at].error == 0 && done != 0) || (cases[at].error != 0 && (done != -1 || errno != cases[at].error))) {
      dprintf(1, "  case %zu: %ld\n", at, done);
      test_failed(__FILE__, __LINE__, "what the checker says");
    }
  }
  CHECK_ERRNO(EFAULT, (int)install((void *)8, 3, 0));
  CHECK_ERRNO(EFAULT, (int)syscall(SYS_seccomp, kSetFilter, 0, (void *)8));
  CHECK_ERRNO(EINVAL, (int)install(cases[0].program, 1, 1u << 20));
  CHECK_ERRNO(EOPNOTSUPP, (int)syscall(SYS_seccomp, kActionAvailable, 0, &(unsigned){0x12340000}));
  CHECK(syscall(SYS_seccomp, kActionAvailable, 0, &(unsigned){kTrap}) == 0);
  // There is an end to how many may be asked. (Linux counts what it made of them.)
  struct instruction *const large = calloc(4096, sizeof *large);
  for (int at = 0; at < 4096; ++at) large[at] = (struct instruction){kReturn, 0, 0, kAllow};
  CHECK_ERRNO(EINVAL, (int)install(large, 4097, 0));
  int taken = 0;
  while (taken < 20 && install(large, 4096, 0) == 0) ++taken;
  CHECK(taken >= 1 && taken <= 7 && errno == ENOMEM);
}

// Random arithmetic on random arguments, against C. What the filter computes comes out as the error.
static unsigned random_state = 4711;
static unsigned random_number(void) { return random_state = random_state * 1664525 + 1013904223, random_state >> 4 ^ random_state << 20; }
static unsigned evaluate(const struct instruction *program, const unsigned *input) {
  unsigned a = 0, x = 0, words[16] = {0};
  for (;; ++program) {
    const unsigned k = program->k, operand = (program->code & 8) != 0 ? x : k;
    switch (program->code) {
      case 0x20: a = input[k / 4]; break;
      case 0x00: a = k; break;
      case 0x01: x = k; break;
      case 0x60: a = words[k]; break;
      case 0x61: x = words[k]; break;
      case 0x02: words[k] = a; break;
      case 0x03: words[k] = x; break;
      case 0x80: case 0x81: *(program->code == 0x80 ? &a : &x) = 64; break;
      case 0x04: case 0x0c: a += operand; break;
      case 0x14: case 0x1c: a -= operand; break;
      case 0x24: case 0x2c: a *= operand; break;
      case 0x34: a /= operand; break;
      case 0x44: case 0x4c: a |= operand; break;
      case 0x54: case 0x5c: a &= operand; break;
      case 0xa4: case 0xac: a ^= operand; break;
      case 0x64: a <<= k; break;
      case 0x74: a >>= k; break;
      case 0x84: a = -a; break;
      case 0x07: x = a; break;
      case 0x87: a = x; break;
      case 0x05: program += k; break;
      case 0x15: case 0x1d: program += a == operand ? program->yes : program->no; break;
      case 0x25: case 0x2d: program += a > operand ? program->yes : program->no; break;
      case 0x35: case 0x3d: program += a >= operand ? program->yes : program->no; break;
      case 0x45: case 0x4d: program += (a & operand) != 0 ? program->yes : program->no; break;
      default: return a;
    }
  }
}
static void arithmetic(void) {
  check_there();
  enum { kCall = 480, kSteps = 40, kHead = 18, kTail = 4 };
  static const unsigned short codes[] = {0x20, 0x00, 0x01, 0x60, 0x61, 0x02, 0x03, 0x80, 0x81, 0x04, 0x0c, 0x14, 0x1c, 0x24, 0x2c, 0x34, 0x44,
                                         0x4c, 0x54, 0x5c, 0xa4, 0xac, 0x64, 0x74, 0x84, 0x07, 0x87, 0x05, 0x15, 0x1d, 0x25, 0x2d, 0x35,
                                         0x3d, 0x45, 0x4d};
  for (int round = 0; round < 60; ++round) {
    struct instruction program[kHead + kSteps + kTail] = {{kLoadWord, 0, 0, 0}};
    size_t count = 0;
    for (unsigned word = 0; word < 16; ++word) program[count++] = (struct instruction){0x02, 0, 0, word};
    const size_t end = count + kSteps;
    for (; count < end; ++count) {
      const unsigned short code = codes[random_number() % (sizeof codes / sizeof codes[0])];
      const unsigned left = (unsigned)(end - count - 1), kind = code & 7;
      unsigned k = random_number() % 3 == 0 ? random_number() % 100 : random_number();
      if (code == 0x20) k = 16 + random_number() % 12 * 4;
      if (code == 0x60 || code == 0x61 || kind == 2 || kind == 3) k %= 16;
      if (code == 0x34 && k == 0) k = 1;
      if (code == 0x64 || code == 0x74) k %= 32;
      if (code == 0x05) k %= left / 4 + 1;
      program[count] = (struct instruction){code, (unsigned char)(random_number() % (left / 4 + 1)), (unsigned char)(random_number() % (left / 4 + 1)), k};
    }
    program[count] = (struct instruction){0x06, 0, 0, 0};  // the end, for evaluate
    unsigned long arguments[6];
    for (int at = 0; at < 6; ++at) arguments[at] = (unsigned long)random_number() << 32 | random_number();
    unsigned input[16] = {kCall, kAuditArchitecture};
    memcpy(input + 4, arguments, sizeof arguments);
    const unsigned expected = evaluate(program, input) & 0x7ff;
    // Only of the one call: the answer is an error of eleven bits.
    struct instruction all[kHead + kSteps + kTail + 4] = {{kLoadWord, 0, 0, 0}, {kIfEqual, 1, 0, kCall}, {kReturn, 0, 0, kAllow}, {0x00, 0, 0, 0}};
    memcpy(all + 4, program, count * sizeof program[0]);
    all[4 + count] = (struct instruction){0x54, 0, 0, 0x7ff};
    all[5 + count] = (struct instruction){0x44, 0, 0, kErrno};
    all[6 + count] = (struct instruction){0x16, 0, 0, 0};
    const pid_t child = fork();
    if (child == 0) {
      CHECK(install(all, 7 + count, 0) == 0);
      errno = 0;
      const long done = syscall(kCall, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
      _exit((expected == 0 ? done == 0 : done == -1 && errno == (int)expected) ? 0 : 1);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child);
    if (status != 0) {
      dprintf(1, "  round %d: expected %u\n", round, expected);
      test_failed(__FILE__, __LINE__, "the filter computes what C does");
    }
  }
}

static const struct test tests[] = {
    {"errnos", errnos},       {"kills", kills},   {"trap_signals", trap_signals}, {"strict", strict}, {"inherited", inherited},
    {"rights", rights},       {"threads", threads}, {"checks", checks},           {"arithmetic", arithmetic},
};
SUITE(seccomp_suite, "seccomp", tests);
