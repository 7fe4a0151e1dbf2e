// SPDX-License-Identifier: Apache-2.0
// A small frame for conformance tests: each test runs in a process of its own, in a
// fresh directory, with a time limit, and holds when it returns.
#pragma once

#include <errno.h>
#include <stddef.h>
#include <stdnoreturn.h>
#include <sys/types.h>

struct test {
  const char *name;
  void (*run)(void);
};

struct suite {
  const char *name;
  const struct test *tests;
  size_t count;
};

#define SUITE(variable, title, array) const struct suite variable = {title, array, sizeof(array) / sizeof(array[0])}

// Ends the test as skipped: for calls that are not promised yet.
noreturn void test_skipped(const char *what);

#define SKIP_UNLESS_THERE(result) \
  do {                            \
    if ((result) == -1 && errno == ENOSYS) test_skipped(#result); \
  } while (0)

// Ends the test as failed: prints where, what and errno.
noreturn void test_failed(const char *file, int line, const char *what);

#define CHECK(condition) \
  do {                   \
    if (!(condition)) test_failed(__FILE__, __LINE__, #condition); \
  } while (0)

// CALL must fail with ERROR.
#define CHECK_ERRNO(error, call)                                                   \
  do {                                                                             \
    errno = 0;                                                                     \
    if ((call) != -1 || errno != (error)) test_failed(__FILE__, __LINE__, #call " fails with " #error); \
  } while (0)

// Runs FUNCTION in a child; returns what waitpid says of it.
int child_status(void (*function)(void));

// That status, when the child was killed by SIGNAL, or ended with STATUS.
int died_of(int status, int signal);
int ended_with(int status, int code);

// Waits until a process is in STATE (as in /proc/PID/stat), for at most two seconds.
int wait_for_state(pid_t process, char state);

void sleep_ms(unsigned milliseconds);
long long now_us(void);

// Writes TEXT to a new file.
void make_file(const char *path, const char *text);

// The program as its own helper: prints its ids.
void report_self(void);
// Registers an area for restartable sequences; prints 'r' when that was possible.
void register_area(void);
// Writes what each of its keys makes of some pointers.
void write_signatures(void);

extern const struct suite process_suite, job_suite, signal_suite, memory_suite, file_suite, directory_suite, pipe_suite, pipe_threads_suite,
    lock_suite, thread_suite, time_suite, poll_suite, exec_suite, xattr_suite, copy_suite, inotify_suite,
    pidfd_suite, sysv_suite, semaphore_suite, message_suite, mqueue_suite, socket_suite, ptrace_suite,
    ring_suite, seccomp_suite, namespace_suite, mapping_suite, advice_suite,
    seal_suite, restartable_suite, futex_suite, node_suite, driven_suite, lease_suite, core_suite, keys_suite, pads_suite;
