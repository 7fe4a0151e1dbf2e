// SPDX-License-Identifier: Apache-2.0
// Process groups, sessions, orphaned groups, terminals.
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "test.h"

static void groups(void) {
  CHECK(getpgrp() == getpid());  // the frame made us a leader
  CHECK(getpgid(0) == getpid() && getpgid(getpid()) == getpid());
  CHECK_ERRNO(ESRCH, getpgid(999999));
  CHECK_ERRNO(EINVAL, setpgid(0, -1));
  CHECK_ERRNO(ESRCH, setpgid(999999, 0));
  CHECK_ERRNO(EPERM, setpgid(0, 999999));
  const pid_t child = fork();
  if (child == 0) {
    CHECK(getpgrp() == getppid());
    pause();
  }
  CHECK(wait_for_state(child, 'S'));  // it has looked
  CHECK(setpgid(child, child) == 0 && getpgid(child) == child);
  CHECK(setpgid(child, getpid()) == 0 && getpgid(child) == getpid());
  kill(child, SIGKILL);
  CHECK(waitpid(child, NULL, 0) == child);
}

static void after_exec(void) {
  int ends[2];
  CHECK(pipe2(ends, O_CLOEXEC) == 0);
  const pid_t child = fork();
  if (child == 0) {
    execl("/bin/sleep", "sleep", "100", NULL);
    _exit(1);
  }
  char byte;
  close(ends[1]);
  CHECK(read(ends[0], &byte, 1) == 0);  // exec closed it
  CHECK_ERRNO(EACCES, setpgid(child, child));
  kill(child, SIGKILL);
}

static void new_session(void) {
  CHECK(setsid() == getpid() && getsid(0) == getpid() && getpgrp() == getpid());
  CHECK_ERRNO(EPERM, setsid());
  CHECK_ERRNO(EPERM, setpgid(0, 0));
  CHECK_ERRNO(ENXIO, open("/dev/tty", O_RDWR));
}

static void sessions(void) {
  CHECK_ERRNO(EPERM, setsid());  // a group's leader may not
  CHECK(ended_with(child_status(new_session), 0));
}

static void group_signals(void) {
  pid_t children[3];
  for (int i = 0; i < 3; ++i) {
    children[i] = fork();
    if (children[i] == 0) {
      setpgid(0, i == 0 ? 0 : children[0]);
      for (;;) pause();
    }
    setpgid(children[i], children[0]);
  }
  CHECK(kill(-children[0], SIGUSR1) == 0);
  for (int i = 0; i < 3; ++i) {
    int status;
    CHECK(waitpid(children[i], &status, 0) == children[i] && died_of(status, SIGUSR1));
  }
  CHECK_ERRNO(ESRCH, kill(-children[0], SIGUSR1));
}

static volatile sig_atomic_t hangups, continues;
static void count_hangup(int signal) { (void)signal, ++hangups; }
static void count_continue(int signal) { (void)signal, ++continues; }

// A group that becomes orphaned with a stopped member gets SIGHUP and SIGCONT.
static void orphaned_group(void) {
  int ends[2];
  CHECK(pipe(ends) == 0);
  const pid_t leader = fork();
  if (leader == 0) {
    setsid();  // so that the new parent is of another session
    const pid_t member = fork();
    if (member == 0) {
      setpgid(0, 0);
      signal(SIGHUP, count_hangup);
      signal(SIGCONT, count_continue);
      raise(SIGSTOP);
      while (!hangups || !continues) sleep_ms(2);
      CHECK(write(ends[1], "h", 1) == 1);
      _exit(0);
    }
    int status;
    CHECK(waitpid(member, &status, WUNTRACED) == member && WIFSTOPPED(status));
    _exit(0);
  }
  close(ends[1]);
  CHECK(waitpid(leader, NULL, 0) == leader);
  char byte;
  CHECK(read(ends[0], &byte, 1) == 1 && byte == 'h');
}

// A new pseudo-terminal: the master; the slave's name in NAME.
static int new_terminal(char *name, size_t bytes) {
  const int master = posix_openpt(O_RDWR | O_NOCTTY);
  CHECK(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0 && ptsname_r(master, name, bytes) == 0);
  return master;
}

static void terminal_lines(void) {
  char name[64], text[64];
  const int master = new_terminal(name, sizeof(name));
  const int slave = open(name, O_RDWR | O_NOCTTY);
  CHECK(slave >= 0 && isatty(slave));
  CHECK(write(master, "ab\x7f" "c\n", 5) == 5);
  CHECK(read(slave, text, sizeof(text)) == 3 && text[0] == 'a' && text[1] == 'c' && text[2] == '\n');
  CHECK(write(slave, "x\n", 2) == 2);
  ssize_t got = 0;
  while (got < 10) {  // the echo "ab\b \bc\r\n" and "x\r\n"
    const ssize_t more = read(master, text + got, sizeof(text) - (size_t)got);
    CHECK(more > 0);
    got += more;
  }
  CHECK(text[got - 1] == '\n' && text[got - 2] == '\r' && text[got - 3] == 'x');
  CHECK(write(master, "\x04", 1) == 1 && read(slave, text, sizeof(text)) == 0);
  struct winsize size = {.ws_row = 33, .ws_col = 99}, seen = {0};
  CHECK(ioctl(master, TIOCSWINSZ, &size) == 0 && ioctl(slave, TIOCGWINSZ, &seen) == 0 && seen.ws_row == 33 && seen.ws_col == 99);
  close(slave);
  CHECK_ERRNO(EIO, read(master, text, sizeof(text)));
}

static void terminal_raw(void) {
  char name[64], text[8];
  const int master = new_terminal(name, sizeof(name));
  const int slave = open(name, O_RDWR | O_NOCTTY);
  struct termios settings;
  CHECK(tcgetattr(slave, &settings) == 0 && (settings.c_lflag & ICANON));
  cfmakeraw(&settings);
  settings.c_cc[VMIN] = 2;
  settings.c_cc[VTIME] = 0;
  CHECK(tcsetattr(slave, TCSANOW, &settings) == 0);
  CHECK(write(master, "\x03\x04z", 3) == 3);
  CHECK(read(slave, text, sizeof(text)) == 3 && text[0] == 3 && text[1] == 4);
  settings.c_cc[VMIN] = 0;
  settings.c_cc[VTIME] = 1;
  CHECK(tcsetattr(slave, TCSANOW, &settings) == 0 && read(slave, text, sizeof(text)) == 0);
  CHECK(tcflush(slave, TCIOFLUSH) == 0);
  int pending = -1;
  CHECK(write(master, "123", 3) == 3);
  for (int i = 0; i < 400 && pending != 3; ++i) {
    CHECK(ioctl(slave, FIONREAD, &pending) == 0);
    sleep_ms(2);
  }
  CHECK(pending == 3);
}

static volatile sig_atomic_t interrupts;
static void count_interrupt(int signal) { (void)signal, ++interrupts; }

static void controlled(void) {
  char name[64];
  CHECK(setsid() == getpid());
  const int master = new_terminal(name, sizeof(name));
  const int slave = open(name, O_RDWR);  // becomes ours
  CHECK(slave >= 0 && tcgetpgrp(slave) == getpid() && tcgetsid(slave) == getpid());
  CHECK(open("/dev/tty", O_RDWR) >= 0);
  signal(SIGINT, count_interrupt);
  CHECK(write(master, "\x03", 1) == 1);
  for (int i = 0; i < 400 && !interrupts; ++i) sleep_ms(5);
  CHECK(interrupts == 1);

  const pid_t background = fork();  // may not read
  if (background == 0) {
    char byte;
    setpgid(0, 0);
    _exit(read(slave, &byte, 1) == 1 ? 0 : 1);
  }
  int status;
  CHECK(waitpid(background, &status, WUNTRACED) == background && WIFSTOPPED(status) && WSTOPSIG(status) == SIGTTIN);
  signal(SIGTTOU, SIG_IGN);
  CHECK(tcsetpgrp(slave, background) == 0 && tcgetpgrp(slave) == background);
  CHECK(kill(background, SIGCONT) == 0 && write(master, "y\n", 2) == 2);
  CHECK(waitpid(background, &status, 0) == background && ended_with(status, 0));
  CHECK_ERRNO(ESRCH, tcsetpgrp(slave, 999999));
}

static void controlling_terminal(void) { CHECK(ended_with(child_status(controlled), 0)); }

static void hung_up(void) {
  char name[64];
  CHECK(setsid() == getpid());
  const int master = new_terminal(name, sizeof(name));
  CHECK(open(name, O_RDWR) >= 0);
  signal(SIGHUP, count_hangup);
  close(master);
  for (int i = 0; i < 400 && !hangups; ++i) sleep_ms(5);
  CHECK(hangups == 1);
}

static void hangup(void) { CHECK(ended_with(child_status(hung_up), 0)); }

static const struct test tests[] = {
    {"groups", groups}, {"after_exec", after_exec}, {"sessions", sessions}, {"group_signals", group_signals},
    {"orphaned_group", orphaned_group}, {"terminal_lines", terminal_lines}, {"terminal_raw", terminal_raw},
    {"controlling_terminal", controlling_terminal}, {"hangup", hangup},
};
SUITE(job_suite, "job", tests);
