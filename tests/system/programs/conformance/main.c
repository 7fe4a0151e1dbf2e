// SPDX-License-Identifier: Apache-2.0
// conformance [SUITE [TEST]]: checks what Linux system calls promise. The same file
// runs on Linux, which says what is right, and on Tessera. Prints `ok SUITE.TEST` or
// `FAIL SUITE.TEST`, or `skip` for a call that is not there and not promised yet.
// The status is 1 when one fails. `--list` names the suites.
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "test.h"

enum { kSecondsPerTest = 60, kSkipped = 77 };

static const struct suite *const suites[] = {&process_suite, &job_suite,    &signal_suite, &memory_suite,
                                             &file_suite,    &directory_suite, &pipe_suite, &pipe_threads_suite, &lock_suite,
                                             &thread_suite,  &time_suite,   &poll_suite,   &exec_suite,
                                             &xattr_suite,   &copy_suite,   &inotify_suite, &pidfd_suite,   &sysv_suite,   &semaphore_suite,
                                             &message_suite, &mqueue_suite, &socket_suite, &ptrace_suite,
                                             &ring_suite, &seccomp_suite, &namespace_suite, &mapping_suite, &advice_suite, &seal_suite,
                                             &restartable_suite, &futex_suite, &node_suite, &driven_suite, &lease_suite, &core_suite, &keys_suite, &pads_suite};
enum { kSuites = sizeof(suites) / sizeof(suites[0]) };

noreturn void test_failed(const char *file, int line, const char *what) {
  const int error = errno;
  const char *name = strrchr(file, '/');
  dprintf(1, "  %s:%d: %s (errno: %s)\n", name ? name + 1 : file, line, what, strerror(error));
  _exit(1);
}

noreturn void test_skipped(const char *what) {
  dprintf(1, "  not there: %s\n", what);
  _exit(kSkipped);
}

int child_status(void (*function)(void)) {
  int status = -1;
  const pid_t child = fork();
  if (child == 0) {
    function();
    _exit(0);
  }
  CHECK(child > 0 && waitpid(child, &status, 0) == child);
  return status;
}

int died_of(int status, int signal) { return WIFSIGNALED(status) && WTERMSIG(status) == signal; }
int ended_with(int status, int code) { return WIFEXITED(status) && WEXITSTATUS(status) == code; }

int wait_for_state(pid_t process, char state) {
  char path[64], text[512];
  snprintf(path, sizeof(path), "/proc/%d/stat", process);
  for (int round = 0; round < 400; ++round) {
    const int file = open(path, O_RDONLY);
    if (file >= 0) {
      const ssize_t got = read(file, text, sizeof(text) - 1);
      close(file);
      text[got > 0 ? got : 0] = 0;
      const char *end = strrchr(text, ')');
      if (end && end[1] == ' ' && end[2] == state) return 1;
    }
    sleep_ms(5);
  }
  return 0;
}

void sleep_ms(unsigned milliseconds) {
  struct timespec left = {milliseconds / 1000, (long)(milliseconds % 1000) * 1000000};
  while (nanosleep(&left, &left) != 0 && errno == EINTR) {
  }
}

long long now_us(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (long long)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

void make_file(const char *path, const char *text) {
  const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  CHECK(file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text) && close(file) == 0);
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *where) {
  (void)status, (void)kind, (void)where;
  return remove(path);
}

static void run_in_child(const struct test *test, const char *directory) {
  const struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  setpgid(0, 0);
  CHECK(chdir(directory) == 0);
  test->run();
  fflush(NULL);
  _exit(0);
}

// With `terse`, a test that holds is not worth a line.
static int run_test(const struct suite *suite, const struct test *test, int terse) {
  char directory[] = "/tmp/conformance.XXXXXX";
  CHECK(mkdtemp(directory) != NULL);
  const pid_t child = fork();
  if (child == 0) run_in_child(test, directory);
  CHECK(child > 0);
  // Not alarm(): the tests use it themselves.
  const long long end = now_us() + kSecondsPerTest * 1000000ll;
  int status = 0, ended = 0;
  unsigned pause = 1;
  while (!ended && now_us() < end) {
    ended = waitpid(child, &status, WNOHANG) == child;
    if (!ended) sleep_ms(pause);
    if (pause < 20) ++pause;
  }
  kill(-child, SIGKILL);
  if (!ended) {
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    dprintf(1, "  it did not end in %d seconds\n", kSecondsPerTest);
  } else if (WIFSIGNALED(status)) {
    dprintf(1, "  killed: %s\n", strsignal(WTERMSIG(status)));
  }
  nftw(directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
  const int skipped = ended && ended_with(status, kSkipped);
  const int failed = !skipped && (!ended || status != 0);
  if (failed || skipped || !terse) dprintf(1, "%s %s.%s\n", failed ? "FAIL" : skipped ? "skip" : "ok", suite->name, test->name);
  return failed;
}

// `SUITE NAME` runs one test, `SUITE --except NAME...` all but some.
static int chosen(int count, char **words, const char *name) {
  if (strcmp(words[2], "--except") != 0) return strcmp(words[2], name) == 0;
  for (int at = 3; at < count; ++at) {
    if (strcmp(words[at], name) == 0) return 0;
  }
  return 1;
}

// What tests run this program for, besides the tests.
static int help(const char *what) {
  char byte;
  if (strcmp(what, "--report-self") == 0) {
    report_self();
    return 1;
  }
  if (strcmp(what, "--register-area") == 0) {
    register_area();
    return 1;
  }
  if (strcmp(what, "--sign") == 0) {
    write_signatures();
    return 1;
  }
  return strcmp(what, "--wait-for-input") == 0 && write(1, "r", 1) == 1 && read(0, &byte, 1) == 1;
}

int main(int count, char **words) {
  if (count == 2 && help(words[1])) return 0;
  int failed = 0, run = 0;
  umask(022);
  for (int at = 0; at < kSuites; ++at) {
    if (count > 1 && strcmp(words[1], "--list") == 0) puts(suites[at]->name);
    if (count > 1 && strcmp(words[1], suites[at]->name) != 0) continue;
    const int failed_before = failed, run_before = run;
    for (size_t test = 0; test < suites[at]->count; ++test) {
      if (count > 2 && !chosen(count, words, suites[at]->tests[test].name)) continue;
      ++run;
      failed += run_test(suites[at], &suites[at]->tests[test], count == 1);
    }
    if (count == 1) dprintf(1, "%s: %d tests, %d failed\n", suites[at]->name, run - run_before, failed - failed_before);
  }
  if (run != 0) dprintf(1, "%d tests, %d failed\n", run, failed);
  return failed != 0 || (run == 0 && count > 1 && strcmp(words[1], "--list") != 0);
}
