// SPDX-License-Identifier: Apache-2.0
// Pointer authentication: who has which keys, and what a signature that is wrong does. Where the processor has none,
// nothing is told of it.
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pointer_keys.h"
#include "test.h"

enum { kResetKeys = 54, kSetEnabled = 60, kGetEnabled = 61 };                                       // PR_PAC_*
enum { kCodeA = 1, kCodeB = 2, kDataA = 4, kDataB = 8, kAnything = 16, kAllAddresses = 15 };
enum { kSignatureSet = 0x406, kEnabledSet = 0x40a };                                                // NT_ARM_PAC_*
enum { kKeys = 5, kPointers = 16 };

// A signature has few bits: of each key, what it makes of some pointers.
struct signatures {
  uint64_t of[kKeys][kPointers];
};
static uint64_t pointer_at(int which) { return 0x10000ull + 0x1230ull * (unsigned)which; }
static struct signatures sign_all(void) {
  struct signatures all;
  for (int i = 0; i < kPointers; ++i) {
    const uint64_t pointer = pointer_at(i), context = (uint64_t)i * 77;
    all.of[0][i] = machine_sign_code(pointer, context);
    all.of[1][i] = machine_sign_code_b(pointer, context);
    all.of[2][i] = machine_sign_data(pointer, context);
    all.of[3][i] = machine_sign_data_b(pointer, context);
    all.of[4][i] = machine_signs_anything() ? machine_sign_anything(pointer, context) : 0;
  }
  return all;
}
// The keys that differ.
static int differing(const struct signatures *one, const struct signatures *other) {
  int keys = 0;
  for (int key = 0; key < kKeys; ++key) keys |= (memcmp(one->of[key], other->of[key], sizeof(one->of[key])) != 0) << key;
  return keys;
}
static int all_keys(void) { return kAllAddresses | (machine_signs_anything() ? kAnything : 0); }
static void need_keys(void) {
  if (!machine_signs()) _exit(0);
}

void write_signatures(void) {
  const struct signatures all = sign_all();
  CHECK(write(1, &all, sizeof(all)) == sizeof(all));
}

static void told(void) {
  if (machine_signs()) {
    CHECK(prctl(kGetEnabled, 0, 0, 0, 0) == kAllAddresses);
    CHECK_ERRNO(EINVAL, prctl(kResetKeys, 32, 0, 0, 0));
  } else {
    CHECK_ERRNO(EINVAL, prctl(kGetEnabled, 0, 0, 0, 0));
    CHECK_ERRNO(EINVAL, prctl(kSetEnabled, kCodeA, kCodeA, 0, 0));
    CHECK_ERRNO(EINVAL, prctl(kResetKeys, kCodeA, 0, 0, 0));
  }
  CHECK_ERRNO(EINVAL, prctl(kGetEnabled, 1, 0, 0, 0));
  CHECK_ERRNO(EINVAL, prctl(kResetKeys, 0, 1, 0, 0));
  CHECK_ERRNO(EINVAL, prctl(kSetEnabled, kAnything, 0, 0, 0));
  CHECK_ERRNO(EINVAL, prctl(kSetEnabled, kCodeA, kCodeB, 0, 0));
  CHECK_ERRNO(EINVAL, prctl(kSetEnabled, kCodeA, kCodeA, 1, 0));
}

static void signs_and_checks(void) {
  need_keys();
  int plain = 0;
  for (int i = 0; i < kPointers; ++i) {
    const uint64_t pointer = pointer_at(i), code = machine_sign_code(pointer, 5), data = machine_sign_data(pointer, 5);
    CHECK(machine_check_code(code, 5) == pointer && machine_check_data(data, 5) == pointer && machine_strip(data) == pointer);
    plain += code == pointer;
  }
  CHECK(plain < kPointers / 2);
  const struct signatures all = sign_all();
  CHECK(memcmp(all.of[0], all.of[1], sizeof(all.of[0])) != 0 && memcmp(all.of[0], all.of[2], sizeof(all.of[0])) != 0);
}

static sigjmp_buf before;
static volatile int seen_signal, seen_code;
static void note_signal(int signal, siginfo_t *info, void *context) {
  (void)context;
  seen_signal = signal;
  seen_code = info->si_code;
  siglongjmp(before, 1);
}

static void wrong_signature(void) {
  need_keys();
  static volatile int word = 3;
  const uint64_t pointer = (uintptr_t)&word, data = machine_sign_data(pointer, 1);
  uint64_t other = 2;
  while (machine_sign_data(pointer, other) == data) ++other;
  const struct sigaction action = {.sa_sigaction = note_signal, .sa_flags = SA_SIGINFO};
  CHECK(sigaction(SIGSEGV, &action, NULL) == 0 && sigaction(SIGILL, &action, NULL) == 0);
  CHECK(*(volatile int *)(uintptr_t)machine_check_data(data, 1) == 3);
  if (sigsetjmp(before, 1) == 0) {
    CHECK(*(volatile int *)(uintptr_t)machine_check_data(data, other) != 3);
    CHECK(!"a pointer with a wrong signature was read");
  }
  // With FEAT_FPAC the check fails, without it the pointer is nowhere.
  if (seen_signal == SIGILL) CHECK(seen_code == ILL_ILLOPN);
  else CHECK(seen_signal == SIGSEGV && seen_code == SEGV_MAPERR);
}

static struct signatures own;
static void must_be_own(void) {
  const struct signatures now = sign_all();
  CHECK(differing(&own, &now) == 0);
}
static void *thread_main(void *nothing) {
  must_be_own();
  return nothing;
}
static void children_and_threads_keep_them(void) {
  need_keys();
  own = sign_all();
  for (int i = 0; i < 8; ++i) {
    CHECK(ended_with(child_status(must_be_own), 0));
    must_be_own();
  }
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, thread_main, NULL) == 0 && pthread_join(thread, NULL) == 0);
  must_be_own();
}

static struct signatures of_program(void) {
  int ends[2];
  CHECK(pipe(ends) == 0);
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], 1);
    execl("/proc/self/exe", "conformance", "--sign", NULL);
    _exit(1);
  }
  struct signatures all;
  int status;
  CHECK(close(ends[1]) == 0 && read(ends[0], &all, sizeof(all)) == sizeof(all) && close(ends[0]) == 0);
  CHECK(waitpid(child, &status, 0) == child && ended_with(status, 0));
  return all;
}
static void programs_have_others(void) {
  need_keys();
  own = sign_all();
  const struct signatures one = of_program(), other = of_program();
  CHECK(differing(&own, &one) == all_keys() && differing(&own, &other) == all_keys() && differing(&one, &other) == all_keys());
  must_be_own();
  // Which of them sign is forgotten, too.
  CHECK(prctl(kSetEnabled, kAllAddresses, 0, 0, 0) == 0);
  const struct signatures third = of_program();
  CHECK(third.of[0][1] != pointer_at(1) || third.of[0][2] != pointer_at(2));
}

static void new_keys(void) {
  need_keys();
  own = sign_all();
  CHECK(prctl(kResetKeys, kCodeA | kDataB, 0, 0, 0) == 0);
  struct signatures now = sign_all();
  CHECK(differing(&own, &now) == (kCodeA | kDataB));
  if (machine_signs_anything()) {
    own = now;
    CHECK(prctl(kResetKeys, kAnything, 0, 0, 0) == 0);
    now = sign_all();
    CHECK(differing(&own, &now) == kAnything);
  }
  own = now;
  CHECK(prctl(kResetKeys, 0, 0, 0, 0) == 0);
  now = sign_all();
  CHECK(differing(&own, &now) == all_keys());
}

static void enabled_keys(void) {
  need_keys();
  own = sign_all();
  CHECK(prctl(kSetEnabled, kCodeA | kDataA, kDataA, 0, 0) == 0 && prctl(kGetEnabled, 0, 0, 0, 0) == (kAllAddresses & ~kCodeA));
  const struct signatures now = sign_all();
  CHECK(differing(&own, &now) == kCodeA);
  for (int i = 0; i < kPointers; ++i) CHECK(now.of[0][i] == pointer_at(i) && machine_check_code(pointer_at(i), 9) == pointer_at(i));
  CHECK(prctl(kSetEnabled, kCodeA, kCodeA, 0, 0) == 0);
  must_be_own();
}

static long get_set(pid_t child, int set, void *to, size_t size) {
  struct iovec vector = {to, size};
  return ptrace(PTRACE_GETREGSET, child, (void *)(uintptr_t)set, &vector) == 0 ? (long)vector.iov_len : -1;
}
static void tracers_see_masks(void) {
  const pid_t child = fork();
  if (child == 0) {
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    raise(SIGSTOP);
    _exit(prctl(kGetEnabled, 0, 0, 0, 0) == kCodeB ? 0 : 1);
  }
  int status;
  uint64_t masks[2] = {0, 0}, enabled = 0;
  CHECK(waitpid(child, &status, 0) == child && WIFSTOPPED(status));
  if (!machine_signs()) {
    CHECK_ERRNO(EINVAL, get_set(child, kSignatureSet, masks, sizeof(masks)));
    kill(child, SIGKILL);
    return;
  }
  CHECK(get_set(child, kSignatureSet, masks, sizeof(masks)) == sizeof(masks) && masks[0] == masks[1]);
  uint64_t taken = 0;
  for (uint64_t i = 0; i < 200; ++i) taken |= machine_sign_data(0x10000, i) ^ 0x10000;
  CHECK(taken != 0 && (taken & ~masks[0]) == 0);
  struct iovec vector = {masks, sizeof(masks)};
  CHECK_ERRNO(EOPNOTSUPP, ptrace(PTRACE_SETREGSET, child, (void *)(uintptr_t)kSignatureSet, &vector));
  CHECK(get_set(child, kEnabledSet, &enabled, sizeof(enabled)) == sizeof(enabled) && enabled == kAllAddresses);
  vector = (struct iovec){&enabled, sizeof(enabled)};
  enabled = kAnything;
  CHECK_ERRNO(EINVAL, ptrace(PTRACE_SETREGSET, child, (void *)(uintptr_t)kEnabledSet, &vector));
  enabled = kCodeB;
  CHECK(ptrace(PTRACE_SETREGSET, child, (void *)(uintptr_t)kEnabledSet, &vector) == 0);
  CHECK(ptrace(PTRACE_CONT, child, 0, 0) == 0 && waitpid(child, &status, 0) == child && ended_with(status, 0));
}

static const struct test tests[] = {
    {"told", told}, {"signs_and_checks", signs_and_checks}, {"wrong_signature", wrong_signature},
    {"children_and_threads_keep_them", children_and_threads_keep_them}, {"programs_have_others", programs_have_others},
    {"new_keys", new_keys}, {"enabled_keys", enabled_keys}, {"tracers_see_masks", tracers_see_masks},
};
SUITE(keys_suite, "keys", tests);
