// SPDX-License-Identifier: Apache-2.0
// Clocks, sleeping, timers.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/times.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "machine.h"
#include "test.h"

static void clocks(void) {
  struct timespec time, resolution;
  CHECK(clock_gettime(CLOCK_REALTIME, &time) == 0 && time.tv_sec > 1600000000 && time.tv_nsec < 1000000000);
  CHECK(clock_gettime(CLOCK_BOOTTIME, &time) == 0 && clock_gettime(CLOCK_MONOTONIC_RAW, &time) == 0);
  CHECK(clock_gettime(CLOCK_REALTIME_COARSE, &time) == 0 && clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0);
  CHECK(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) == 0);
  CHECK(clock_getres(CLOCK_MONOTONIC, &resolution) == 0 && resolution.tv_sec == 0);
  CHECK_ERRNO(EINVAL, clock_gettime(77, &time));
  CHECK_ERRNO(EFAULT, syscall(SYS_clock_gettime, CLOCK_MONOTONIC, 8));
  long long before = now_us();
  for (int i = 0; i < 10000; ++i) {
    const long long now = now_us();
    CHECK(now >= before);
    before = now;
  }
  struct timeval of_day;
  struct timespec direct;
  CHECK(gettimeofday(&of_day, NULL) == 0 && syscall(SYS_clock_gettime, CLOCK_REALTIME, &direct) == 0);
  CHECK(direct.tv_sec - of_day.tv_sec >= 0 && direct.tv_sec - of_day.tv_sec <= 1);  // vdso and call agree
  CHECK(time.tv_sec >= 0 && machine_time_call() - of_day.tv_sec <= 1);
}

static void sleeping(void) {
  const long long start = now_us();
  const struct timespec little = {0, 30000000}, wrong = {0, -1};
  CHECK(nanosleep(&little, NULL) == 0 && now_us() - start >= 30000 && now_us() - start < 5000000);
  CHECK_ERRNO(EINVAL, nanosleep(&wrong, NULL));
  struct timespec until;
  CHECK(clock_gettime(CLOCK_MONOTONIC, &until) == 0);
  until.tv_sec += (until.tv_nsec += 50000000) / 1000000000;
  until.tv_nsec %= 1000000000;
  CHECK(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == 0);
  struct timespec now;
  CHECK(clock_gettime(CLOCK_MONOTONIC, &now) == 0 && (now.tv_sec > until.tv_sec || now.tv_nsec >= until.tv_nsec));
  CHECK(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &(struct timespec){5, 0}, NULL) == 0);
}

static volatile sig_atomic_t count;
static void note(int signal) { (void)signal, ++count; }

static void cpu_timer(void) {
  signal(SIGPROF, note);
  signal(SIGVTALRM, note);
  const struct itimerval soon = {{0, 0}, {0, 20000}};
  CHECK(setitimer(ITIMER_VIRTUAL, &soon, NULL) == 0);
  sleep_ms(60);
  CHECK(count == 0);  // sleeping takes no time of the processor
  const long long end = now_us() + 10000000;
  while (count == 0 && now_us() < end) {
  }
  CHECK(count == 1);
}

static void posix_timers(void) {
  timer_t timer;
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
  signal(SIGUSR1, note);
  CHECK(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
  const struct itimerspec often = {{0, 10000000}, {0, 10000000}}, never = {{0, 0}, {0, 0}};
  struct itimerspec left;
  CHECK(timer_settime(timer, 0, &often, NULL) == 0);
  while (count < 3) pause();
  CHECK(timer_gettime(timer, &left) == 0 && left.it_interval.tv_nsec == 10000000 && timer_getoverrun(timer) >= 0);
  CHECK(timer_settime(timer, 0, &never, NULL) == 0 && timer_delete(timer) == 0);
}

static void timer_descriptor(void) {
  const int file = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  SKIP_UNLESS_THERE(file);
  CHECK(file >= 0);
  uint64_t expirations;
  CHECK_ERRNO(EAGAIN, read(file, &expirations, 8));
  const struct itimerspec often = {{0, 10000000}, {0, 20000000}};
  CHECK(timerfd_settime(file, 0, &often, NULL) == 0);
  struct pollfd wait = {file, POLLIN, 0};
  CHECK(poll(&wait, 1, 5000) == 1 && read(file, &expirations, 8) == 8 && expirations >= 1);
  CHECK_ERRNO(EINVAL, read(file, &expirations, 4));
}

static void timer_descriptor_values(void) {
  const int file = timerfd_create(CLOCK_REALTIME, 0);
  CHECK(file >= 0);
  struct itimerspec value, none = {{0, 0}, {0, 0}};
  CHECK(timerfd_gettime(file, &value) == 0 && value.it_value.tv_sec == 0 && value.it_value.tv_nsec == 0);
  const struct itimerspec later = {{5, 0}, {100, 0}};
  CHECK(timerfd_settime(file, 0, &later, NULL) == 0 && timerfd_settime(file, 0, &none, &value) == 0);
  CHECK(value.it_interval.tv_sec == 5 && value.it_value.tv_sec >= 98 && value.it_value.tv_sec <= 100);
  struct pollfd wait = {file, POLLIN, 0};
  CHECK(poll(&wait, 1, 0) == 0);
  // Ten seconds ago, and every second since.
  struct timespec now;
  CHECK(clock_gettime(CLOCK_REALTIME, &now) == 0);
  const struct itimerspec past = {{1, 0}, {now.tv_sec - 10, now.tv_nsec}};
  uint64_t expirations;
  CHECK(timerfd_settime(file, TFD_TIMER_ABSTIME, &past, NULL) == 0 && read(file, &expirations, 8) == 8);
  CHECK(expirations >= 11 && expirations <= 13);
  CHECK(timerfd_gettime(file, &value) == 0 && value.it_value.tv_sec < 1 && value.it_interval.tv_sec == 1);
  const struct itimerspec soon = {{0, 0}, {0, 20000000}};
  const long long start = now_us();
  CHECK(timerfd_settime(file, 0, &soon, NULL) == 0 && read(file, &expirations, 8) == 8 && expirations == 1);
  CHECK(now_us() - start >= 19000 && timerfd_gettime(file, &value) == 0 && value.it_value.tv_nsec == 0);
  CHECK_ERRNO(EINVAL, timerfd_create(CLOCK_PROCESS_CPUTIME_ID, 0));
  CHECK_ERRNO(EINVAL, timerfd_create(CLOCK_MONOTONIC, 1));
  CHECK_ERRNO(EINVAL, timerfd_settime(file, 8, &soon, NULL));
  CHECK_ERRNO(EINVAL, timerfd_settime(file, 0, &(struct itimerspec){{0, 0}, {0, 1000000000}}, NULL));
  CHECK_ERRNO(EINVAL, timerfd_settime(open("/dev/null", O_RDWR), 0, &soon, NULL));
  CHECK_ERRNO(EBADF, timerfd_gettime(500, &value));
}

static void process_times(void) {
  struct tms spent;
  CHECK(times(&spent) != (clock_t)-1);
  struct timespec before, after;
  CHECK(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before) == 0);
  sleep_ms(100);
  CHECK(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after) == 0);
  const long long used = (after.tv_sec - before.tv_sec) * 1000000ll + (after.tv_nsec - before.tv_nsec) / 1000;
  CHECK(used >= 0 && used < 90000);
}

static void setting(void) {
  struct timespec time;
  CHECK(clock_gettime(CLOCK_REALTIME, &time) == 0 && setgid(1000) == 0 && setuid(1000) == 0);
  CHECK_ERRNO(EPERM, clock_settime(CLOCK_REALTIME, &time));
}

static timer_t fast_timer;
static volatile int ticks;

static void count_tick(int number) {
  (void)number;
  if (++ticks < 1000) return;
  const struct itimerval never = {{0, 0}, {0, 0}};
  const struct itimerspec no_more = {{0, 0}, {0, 0}};
  CHECK(setitimer(ITIMER_REAL, &never, NULL) == 0 && setitimer(ITIMER_PROF, &never, NULL) == 0);
  CHECK(timer_settime(fast_timer, 0, &no_more, NULL) == 0);
}

// Timers faster than anybody can be delay the program that set them at most.
static void timers_of_a_nanosecond(void) {
  struct sigaction action = {.sa_handler = count_tick};
  sigfillset(&action.sa_mask);
  CHECK(sigaction(SIGALRM, &action, NULL) == 0 && sigaction(SIGPROF, &action, NULL) == 0 && sigaction(SIGRTMIN, &action, NULL) == 0);
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};
  CHECK(timer_create(CLOCK_MONOTONIC, &event, &fast_timer) == 0);
  const struct itimerval often = {{0, 1}, {0, 1}};
  const struct itimerspec every = {{0, 1}, {0, 1}};
  CHECK(setitimer(ITIMER_PROF, &often, NULL) == 0 && timer_settime(fast_timer, 0, &every, NULL) == 0);
  CHECK(setitimer(ITIMER_REAL, &often, NULL) == 0);
  while (ticks < 1000) {}
  CHECK(timer_delete(fast_timer) == 0);
}

// While its signal waits, a periodic timer stands still, and then tells what was missed.
static void missed_periods(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGRTMIN);
  CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN, .sigev_value.sival_int = 7};
  timer_t timer;
  CHECK(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
  const struct itimerspec every = {{0, 1000000}, {0, 1000000}};
  CHECK(timer_settime(timer, 0, &every, NULL) == 0);
  sleep_ms(30);
  struct itimerspec left;
  CHECK(timer_gettime(timer, &left) == 0 && left.it_value.tv_sec == 0 && left.it_value.tv_nsec > 0 && left.it_value.tv_nsec <= 1000000);
  siginfo_t info;
  CHECK(sigwaitinfo(&set, &info) == SIGRTMIN && info.si_code == SI_TIMER && info.si_value.sival_int == 7);
  CHECK(info.si_overrun >= 20 && timer_getoverrun(timer) == info.si_overrun);
  CHECK(sigwaitinfo(&set, &info) == SIGRTMIN);
  const struct itimerspec never = {{0, 0}, {0, 0}};
  CHECK(timer_settime(timer, 0, &never, NULL) == 0);
  const struct timespec none = {0, 0};
  if (sigtimedwait(&set, &info, &none) == SIGRTMIN) CHECK_ERRNO(EAGAIN, sigtimedwait(&set, &info, &none));
}

static const struct test tests[] = {
    {"clocks", clocks}, {"sleeping", sleeping}, {"cpu_timer", cpu_timer}, {"posix_timers", posix_timers},
    {"timer_descriptor", timer_descriptor}, {"timer_descriptor_values", timer_descriptor_values}, {"process_times", process_times}, {"setting", setting},
    {"timers_of_a_nanosecond", timers_of_a_nanosecond}, {"missed_periods", missed_periods},
};
SUITE(time_suite, "time", tests);
