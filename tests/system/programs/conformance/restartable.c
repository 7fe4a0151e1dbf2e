// SPDX-License-Identifier: Apache-2.0
// rseq: registration, and sections that start again after a preemption or a signal.
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/ucontext.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fault_report.h"
#include "machine.h"
#include "sections.h"
#include "test.h"

enum { kSignature = 0x53053053, kUnregister = 1, kBytes = 32 };

struct area {
  uint32_t cpu_id_start, cpu_id;
  uint64_t section;
  uint32_t flags, node_id, mm_cid, padding;
} __attribute__((aligned(32)));

struct section {
  uint32_t version, flags;
  uint64_t start, bytes, handler;
} __attribute__((aligned(32)));

static __thread struct area area;

static long rseq(void *where, unsigned bytes, int flags, unsigned signature) {
  return syscall(SYS_rseq, where, bytes, flags, signature);
}

// glibc's programs are registered by their C library; these are not.
static void enter(void) {
  const long outcome = rseq(&area, kBytes, 0, kSignature);
  SKIP_UNLESS_THERE(outcome);
  CHECK(outcome == 0);
}

static void registration(void) {
  static struct area areas[2];
  area.cpu_id = area.cpu_id_start = 77;
  enter();
  const unsigned cpu = area.cpu_id;
  CHECK(area.cpu_id_start == cpu && cpu < 1024 && area.node_id < 64 && area.section == 0);
  CHECK_ERRNO(EBUSY, rseq(&area, kBytes, 0, kSignature));
  CHECK_ERRNO(EPERM, rseq(&area, kBytes, 0, kSignature + 1));
  CHECK_ERRNO(EINVAL, rseq(&areas[1], kBytes, 0, kSignature));
  CHECK_ERRNO(EINVAL, rseq(&area, 64, 0, kSignature));
  CHECK_ERRNO(EINVAL, rseq(&area, kBytes, 2, kSignature));
  CHECK_ERRNO(EINVAL, rseq(&area, kBytes, kUnregister | 2, kSignature));
  CHECK_ERRNO(EINVAL, rseq(&areas[1], kBytes, kUnregister, kSignature));
  CHECK_ERRNO(EINVAL, rseq(&area, 64, kUnregister, kSignature));
  CHECK_ERRNO(EPERM, rseq(&area, kBytes, kUnregister, kSignature + 1));
  CHECK(rseq(&area, kBytes, kUnregister, kSignature) == 0 && area.cpu_id == (uint32_t)-1 && area.cpu_id_start == 0);
  CHECK_ERRNO(EINVAL, rseq(&area, kBytes, kUnregister, kSignature));
  CHECK_ERRNO(EINVAL, rseq((char *)&areas[0] + 4, kBytes, 0, kSignature));
  CHECK_ERRNO(EINVAL, rseq(&areas[0], 16, 0, kSignature));
  CHECK_ERRNO(EFAULT, rseq((void *)0x7fffffffffe0, kBytes, 0, kSignature));
  CHECK_ERRNO(EFAULT, rseq((void *)0xffff800000000000, kBytes, 0, kSignature));
  enter();
}

static void *thread_registers(void *other) {
  CHECK(other != &area && area.cpu_id == 0);
  area.cpu_id = 77;
  enter();
  CHECK(area.cpu_id < 1024);
  return NULL;
}

static void whose(void) {
  enter();
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, thread_registers, &area) == 0 && pthread_join(thread, NULL) == 0);
  // A forked child has its parent's.
  const pid_t child = fork();
  if (child == 0) _exit(rseq(&area, kBytes, 0, kSignature) == -1 && errno == EBUSY ? 0 : 1);
  int status;
  CHECK(waitpid(child, &status, 0) == child && ended_with(status, 0));
}

static void processor(void) {
  enter();
  for (int round = 0; round < 100; ++round) {
    unsigned before, after, told;
    CHECK(syscall(SYS_getcpu, &before, NULL, NULL) == 0);
    told = *(volatile uint32_t *)&area.cpu_id;
    CHECK(syscall(SYS_getcpu, &after, NULL, NULL) == 0);
    if (before == after) CHECK(told == before || told == after);
    if (round % 10 == 0) sched_yield();
  }
  CHECK(area.cpu_id_start == area.cpu_id);
}

// A section that spins until *stop is set, and says how it ended: 0 by running to its
// end, 1 by its handler. `runs` counts its beginnings and its ends; who is preempted before it
// counted, as by the fault that brings the page of `runs`, begins no run that counts.
SECTION_BODY(good_section, "0x53053053");
SECTION_BODY(bad_section, "0x12345678");

static struct section good, bad;
static volatile int stop;
static volatile uint64_t runs[2];

static struct section section_of(char *start, char *end, char *handler) {
  const struct section made = {0, 0, (uintptr_t)start, (uintptr_t)(end - start), (uintptr_t)handler};
  return made;
}

static int run_good(void) { return good_section(&area.section, &good, &stop, runs); }

static void prepare(void) {
  good = section_of(good_section_start, good_section_end, good_section_handler);
  bad = section_of(bad_section_start, bad_section_end, bad_section_handler);
  enter();
}

static void undisturbed(void) {
  prepare();
  stop = 1;
  // Once in a while it is disturbed all the same.
  int ended = 0;
  for (int round = 0; round < 1000; ++round) ended += run_good() == 0;
  CHECK(ended > 500 && runs[0] <= 1000 && runs[0] >= runs[1] && runs[1] >= (uint64_t)ended);
}

static volatile uintptr_t interrupted_at;
static volatile uint64_t section_seen = 77;
static void on_alarm(int number, siginfo_t *info, void *context) {
  (void)number, (void)info;
  interrupted_at = (uintptr_t)machine_instruction((ucontext_t *)context);
  section_seen = area.section;
}

static void signalled(void) {
  prepare();
  struct sigaction action;
  memset(&action, 0, sizeof(action));
  action.sa_sigaction = on_alarm;
  action.sa_flags = SA_SIGINFO;
  CHECK(sigaction(SIGALRM, &action, NULL) == 0);
  const struct itimerval soon = {{0, 0}, {0, 20000}};
  CHECK(setitimer(ITIMER_REAL, &soon, NULL) == 0);
  for (int round = 0; interrupted_at == 0 && round < 100000; ++round) CHECK(run_good() == 1);
  CHECK(runs[1] == 0 && area.section == 0);
  // The handler saw that the section had been left.
  CHECK(interrupted_at == (uintptr_t)good_section_handler || runs[0] > 1);
  CHECK(section_seen == 0);
}

// Others that want the core: the section comes to its handler without any signal.
static volatile int enough;
static void *compete(void *unused) {
  (void)unused;
  while (!enough) {
  }
  return NULL;
}

// With the threads that it makes from now on.
static void stay_on_one_core(void) {
  cpu_set_t one;
  CPU_ZERO(&one);
  unsigned cpu;
  CHECK(syscall(SYS_getcpu, &cpu, NULL, NULL) == 0);
  CPU_SET(cpu, &one);
  CHECK(sched_setaffinity(0, sizeof(one), &one) == 0);
}

static void preempted(void) {
  stay_on_one_core();
  prepare();
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, compete, NULL) == 0);
  for (int round = 0; round < 20; ++round) CHECK(run_good() == 1);
  enough = 1;
  CHECK(pthread_join(thread, NULL) == 0 && runs[0] > 0 && runs[0] <= 20 && runs[1] == 0);
}

// Counters without atomic instructions: increments of one word by threads that share a core.
static volatile uint64_t counter;
void add_one(volatile uint64_t *pointer, struct section *section, volatile uint64_t *counter);
extern char add_start[], add_end[], add_handler[];
static struct section adding;
enum { kAdders = 4, kAdditions = 50000 };

static void *add_many(void *unused) {
  (void)unused;
  enter();
  for (int at = 0; at < kAdditions; ++at) add_one(&area.section, &adding, &counter);
  CHECK(rseq(&area, kBytes, kUnregister, kSignature) == 0);
  return NULL;
}

static void counted(void) {
  stay_on_one_core();
  enter();
  adding = section_of(add_start, add_end, add_handler);
  pthread_t threads[kAdders];
  for (int at = 0; at < kAdders; ++at) CHECK(pthread_create(&threads[at], NULL, add_many, NULL) == 0);
  for (int at = 0; at < kAdders; ++at) CHECK(pthread_join(threads[at], NULL) == 0);
  CHECK(counter == (uint64_t)kAdders * kAdditions);
}

static void preempt_in(struct section *section, int (*body)(volatile uint64_t *, struct section *, volatile int *, volatile uint64_t *)) {
  struct sigaction action;
  memset(&action, 0, sizeof(action));
  action.sa_sigaction = on_alarm;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGALRM, &action, NULL);
  const struct itimerval soon = {{0, 10000}, {0, 10000}};
  setitimer(ITIMER_REAL, &soon, NULL);
  body(&area.section, section, &stop, runs);
}
static void in_bad_signature(void) {
  prepare();
  preempt_in(&bad, bad_section);
}
static void in_handler_inside(void) {
  prepare();
  good.handler = good.start + 1;
  preempt_in(&good, good_section);
}
static void in_other_version(void) {
  prepare();
  good.version = 1;
  preempt_in(&good, good_section);
}
static void in_nowhere(void) {
  prepare();
  preempt_in((struct section *)16, good_section);
}
static void in_the_kernel(void) {
  prepare();
  preempt_in((struct section *)0xffff800000000000, good_section);
}

static void broken(void) {
  enter();
  CHECK(rseq(&area, kBytes, kUnregister, kSignature) == 0);
  CHECK(died_of(child_status(in_bad_signature), SIGSEGV) && died_of(child_status(in_handler_inside), SIGSEGV));
  CHECK(died_of(child_status(in_other_version), SIGSEGV) && died_of(child_status(in_nowhere), SIGSEGV));
  CHECK(died_of(child_status(in_the_kernel), SIGSEGV));
}

// A page that is not there yet is brought in, and the section may start again or not.
int touch_in_section(volatile uint64_t *pointer, struct section *section, volatile unsigned char *byte);
extern char touch_start[], touch_end[], touch_handler[];

static void faulting(void) {
  enter();
  static struct section touching;
  touching = section_of(touch_start, touch_end, touch_handler);
  unsigned char *memory = mmap(NULL, 64 << 12, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  for (int page = 0; page < 64; ++page) {
    int tries = 0;
    while (touch_in_section(&area.section, &touching, memory + ((size_t)page << 12)) == 1) CHECK(++tries < 100);
    CHECK(memory[(size_t)page << 12] == 7);
  }
}

static void gone_after_exec(void) {
  enter();
  int ends[2];
  CHECK(pipe(ends) == 0);
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], 1);
    execl("/proc/self/exe", "conformance", "--register-area", (char *)NULL);
    _exit(9);
  }
  char byte = 0;
  int status;
  CHECK(waitpid(child, &status, 0) == child && ended_with(status, 0) && read(ends[0], &byte, 1) == 1 && byte == 'r');
}

// Run by the new program: nothing is registered any more.
void register_area(void) {
  if (rseq(&area, kBytes, 0, kSignature) == 0) (void)!write(1, "r", 1);
}

static const struct test tests[] = {
    {"registration", registration}, {"whose", whose},     {"processor", processor}, {"undisturbed", undisturbed},
    {"signalled", signalled},       {"preempted", preempted}, {"counted", counted}, {"broken", broken},
    {"faulting", faulting},         {"gone_after_exec", gone_after_exec},
};
SUITE(restartable_suite, "restartable", tests);
