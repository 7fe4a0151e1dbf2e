// SPDX-License-Identifier: Apache-2.0
// System V message queues, and what /proc tells of System V objects.
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

#ifndef MSG_COPY
#define MSG_COPY 040000
#endif

struct packet {
  long type;
  char text[8200];
};

static int new_queue(void) {
  const int id = msgget(IPC_PRIVATE, 0600);
  SKIP_UNLESS_THERE(id);
  CHECK(id >= 0);
  return id;
}
static void removed(int id) { CHECK(msgctl(id, IPC_RMID, NULL) == 0); }
static int put(int id, long type, const char *text, int flags) {
  static struct packet packet;
  packet.type = type;
  strcpy(packet.text, text);
  return msgsnd(id, &packet, strlen(text), flags);
}
// The text of the message that `type` and `flags` choose is TEXT.
static int got(int id, long type, int flags, long sent, const char *text) {
  static struct packet packet;
  memset(&packet, 0, sizeof packet);
  const ssize_t bytes = msgrcv(id, &packet, sizeof packet.text, type, flags);
  return bytes == (ssize_t)strlen(text) && packet.type == sent && memcmp(packet.text, text, strlen(text)) == 0;
}

static void order(void) {
  const int id = new_queue();
  CHECK(put(id, 3, "three", 0) == 0 && put(id, 1, "one", 0) == 0 && put(id, 2, "two", 0) == 0 && put(id, 1, "uno", 0) == 0);
  CHECK(got(id, 0, 0, 3, "three") && got(id, 2, 0, 2, "two") && got(id, 1, 0, 1, "one") && got(id, 0, 0, 1, "uno"));
  CHECK(put(id, 5, "five", 0) == 0 && put(id, 4, "four", 0) == 0 && put(id, 4, "vier", 0) == 0 && put(id, 9, "nine", 0) == 0);
  CHECK(got(id, -6, 0, 4, "four") && got(id, -6, 0, 4, "vier") && got(id, -6, 0, 5, "five"));
  CHECK_ERRNO(ENOMSG, msgrcv(id, &(struct packet){0}, 10, -6, IPC_NOWAIT));
  CHECK(got(id, LONG_MIN, 0, 9, "nine"));
  CHECK(put(id, 7, "a", 0) == 0 && put(id, 8, "b", 0) == 0 && got(id, 7, MSG_EXCEPT, 8, "b"));
  CHECK_ERRNO(ENOMSG, msgrcv(id, &(struct packet){0}, 10, 7, IPC_NOWAIT | MSG_EXCEPT));
  CHECK(put(id, 8, "", 0) == 0 && got(id, 8, 0, 8, ""));
  removed(id);
}

static void lengths(void) {
  static struct packet packet;
  const int id = new_queue();
  CHECK(put(id, 1, "longer", 0) == 0);
  CHECK_ERRNO(E2BIG, msgrcv(id, &packet, 3, 0, 0));
  packet.text[3] = '!';
  CHECK(msgrcv(id, &packet, 3, 0, MSG_NOERROR) == 3 && memcmp(packet.text, "lon!", 4) == 0);
  CHECK_ERRNO(ENOMSG, msgrcv(id, &packet, 3, 0, IPC_NOWAIT));
  packet.type = 1;
  CHECK_ERRNO(EINVAL, msgsnd(id, &packet, 8193, 0));
  CHECK_ERRNO(EINVAL, msgsnd(id, &packet, (size_t)-1, 0));
  CHECK_ERRNO(EINVAL, msgrcv(id, &packet, (size_t)-1, 0, 0));
  CHECK(msgsnd(id, &packet, 8192, 0) == 0 && msgsnd(id, &packet, 8192, 0) == 0);
  CHECK_ERRNO(EAGAIN, msgsnd(id, &packet, 1, IPC_NOWAIT));
  CHECK(msgsnd(id, &packet, 0, IPC_NOWAIT) == 0);
  struct msqid_ds told;
  CHECK(msgctl(id, IPC_STAT, &told) == 0 && told.msg_qnum == 3 && told.msg_qbytes == 16384 && told.msg_lspid == getpid());
  CHECK(told.msg_perm.mode == 0600 && told.msg_ctime != 0 && told.msg_stime != 0 && told.msg_lrpid == getpid());
  removed(id);
}

static void errors(void) {
  static struct packet packet;
  const int id = new_queue();
  CHECK_ERRNO(EINVAL, put(id, 0, "zero", 0));
  CHECK_ERRNO(EINVAL, put(id, -1, "less", 0));
  CHECK_ERRNO(EINVAL, put(-1, 1, "none", 0));
  CHECK_ERRNO(EFAULT, msgsnd(id, (void *)8, 1, 0));
  CHECK(put(id, 1, "lost", 0) == 0);
  CHECK_ERRNO(EFAULT, msgrcv(id, (void *)8, 10, 0, 0));
  CHECK_ERRNO(ENOMSG, msgrcv(id, &packet, 10, 0, IPC_NOWAIT));
  CHECK_ERRNO(EINVAL, msgrcv(-1, &packet, 10, 0, 0));
  CHECK_ERRNO(EINVAL, msgctl(id, 99, NULL));
  CHECK_ERRNO(EINVAL, msgctl(-1, IPC_STAT, NULL));
  CHECK_ERRNO(EFAULT, msgctl(id, IPC_STAT, (void *)8));
  const key_t key = 0x7e570000 | (getpid() & 0xffff);
  CHECK_ERRNO(ENOENT, msgget(key, 0));
  const int named = msgget(key, IPC_CREAT | IPC_EXCL | 0600);
  CHECK(named >= 0 && msgget(key, 0) == named);
  CHECK_ERRNO(EEXIST, msgget(key, IPC_CREAT | IPC_EXCL | 0600));
  removed(named);
  CHECK_ERRNO(ENOENT, msgget(key, 0));
  removed(id);
  CHECK_ERRNO(EINVAL, msgrcv(id, &packet, 10, 0, 0));
  CHECK_ERRNO(EINVAL, put(id, 1, "gone", 0));
}

static void copies(void) {
  static struct packet packet;
  const int id = new_queue();
  CHECK(put(id, 1, "first", 0) == 0 && put(id, 2, "second", 0) == 0);
  errno = 0;
  if (msgrcv(id, &packet, 100, 1, MSG_COPY | IPC_NOWAIT) == -1 && errno == ENOSYS) {
    removed(id);
    test_skipped("MSG_COPY");
  }
  CHECK(got(id, 1, MSG_COPY | IPC_NOWAIT, 2, "second") && got(id, 0, MSG_COPY | IPC_NOWAIT, 1, "first"));
  CHECK_ERRNO(ENOMSG, msgrcv(id, &packet, 100, 2, MSG_COPY | IPC_NOWAIT));
  CHECK_ERRNO(EINVAL, msgrcv(id, &packet, 100, 0, MSG_COPY));
  CHECK_ERRNO(EINVAL, msgrcv(id, &packet, 100, 0, MSG_COPY | IPC_NOWAIT | MSG_EXCEPT));
  CHECK(got(id, 0, 0, 1, "first"));
  removed(id);
}

static int shared_id;
static void receive_two(void) {
  CHECK(got(shared_id, 2, 0, 2, "for the child") && put(shared_id, 3, "answer", 0) == 0);
}
static void receive_removed(void) { CHECK_ERRNO(EIDRM, msgrcv(shared_id, &(struct packet){0}, 10, 0, 0)); }
static void send_removed(void) { CHECK_ERRNO(EIDRM, put(shared_id, 1, "more", 0)); }

static pid_t start(void (*function)(void)) {
  const pid_t child = fork();
  if (child == 0) {
    function();
    _exit(0);
  }
  CHECK(child > 0 && wait_for_state(child, 'S'));
  return child;
}
static void ended(pid_t child) {
  int status;
  CHECK(waitpid(child, &status, 0) == child && status == 0);
}

static void waiting(void) {
  shared_id = new_queue();
  pid_t child = start(receive_two);
  CHECK(put(shared_id, 1, "not for the child", 0) == 0 && put(shared_id, 2, "for the child", 0) == 0);
  CHECK(got(shared_id, 3, 0, 3, "answer") && got(shared_id, 0, 0, 1, "not for the child"));
  ended(child);
  child = start(receive_removed);
  removed(shared_id);
  ended(child);

  static struct packet packet = {.type = 1};
  shared_id = new_queue();
  CHECK(msgsnd(shared_id, &packet, 8192, 0) == 0 && msgsnd(shared_id, &packet, 8192, 0) == 0);
  child = start(send_removed);
  removed(shared_id);
  ended(child);
}

static void nothing(int signal) { (void)signal; }
static void wait_with_handler(void) {
  // Never starts again, whatever the action asks for.
  struct sigaction action = {.sa_handler = nothing, .sa_flags = SA_RESTART};
  sigaction(SIGUSR1, &action, NULL);
  CHECK(put(shared_id, 9, "ready", 0) == 0);
  CHECK_ERRNO(EINTR, msgrcv(shared_id, &(struct packet){0}, 10, 1, 0));
}
static void signals(void) {
  shared_id = new_queue();
  const pid_t child = fork();
  if (child == 0) {
    wait_with_handler();
    _exit(0);
  }
  CHECK(got(shared_id, 9, 0, 9, "ready") && wait_for_state(child, 'S'));
  kill(child, SIGUSR1);
  ended(child);
  removed(shared_id);
}

static void control(void) {
  const int id = new_queue();
  struct msqid_ds told;
  CHECK(msgctl(id, IPC_STAT, &told) == 0);
  told.msg_qbytes = 10;
  told.msg_perm.mode = 0640;
  CHECK(msgctl(id, IPC_SET, &told) == 0 && msgctl(id, IPC_STAT, &told) == 0);
  CHECK(told.msg_qbytes == 10 && told.msg_perm.mode == 0640);
  CHECK_ERRNO(EAGAIN, put(id, 1, "eleven byte", IPC_NOWAIT));
  CHECK(put(id, 1, "ten bytes!", IPC_NOWAIT) == 0);
  struct msginfo info;
  CHECK(msgctl(0, IPC_INFO, (struct msqid_ds *)&info) >= 0 && info.msgmax == 8192 && info.msgmnb == 16384);
  const int last = msgctl(0, MSG_INFO, (struct msqid_ds *)&info);
  CHECK(last >= 0 && info.msgpool >= 1 && info.msgmap >= 1 && info.msgtql >= 10);
  int found = 0;
  for (int place = 0; place <= last; ++place) found += msgctl(place, MSG_STAT, &told) == id;
  CHECK(found == 1);
  removed(id);
}

// Fills in a child that gave up its rights.
static void stranger(void) {
  CHECK(setgid(4242) == 0 && setuid(4242) == 0);
  CHECK_ERRNO(EACCES, put(shared_id, 1, "no", 0));
  CHECK_ERRNO(EACCES, msgrcv(shared_id, &(struct packet){0}, 10, 0, IPC_NOWAIT));
  CHECK_ERRNO(EACCES, msgctl(shared_id, IPC_STAT, &(struct msqid_ds){0}));
  CHECK_ERRNO(EPERM, msgctl(shared_id, IPC_RMID, NULL));
  const int own = new_queue();
  struct msqid_ds told;
  CHECK(msgctl(own, IPC_STAT, &told) == 0);
  told.msg_qbytes = 16385;
  CHECK_ERRNO(EPERM, msgctl(own, IPC_SET, &told));
  removed(own);
}
static void rights(void) {
  shared_id = new_queue();
  CHECK(ended_with(child_status(stranger), 0));
  removed(shared_id);
}

// The line of PATH whose second number is ID has FIELDS fields, and its NTH is VALUE.
static int told_in(const char *path, int id, int fields, int nth, long long value) {
  char line[512];
  FILE *const file = fopen(path, "r");
  if (!file) return 0;
  int right = 0;
  while (fgets(line, sizeof line, file)) {
    int count = 0, number = -1;
    long long seen = -1;
    for (char *word = strtok(line, " \n"); word; word = strtok(NULL, " \n"), ++count) {
      if (count == 1) number = atoi(word);
      if (count == nth) seen = atoll(word);
    }
    right += number == id && count == fields && seen == value;
  }
  fclose(file);
  return right == 1;
}
static void proc_files(void) {
  const int queue = new_queue();
  CHECK(put(queue, 1, "1234567", 0) == 0 && told_in("/proc/sysvipc/msg", queue, 14, 3, 7));
  CHECK(told_in("/proc/sysvipc/msg", queue, 14, 4, 1) && told_in("/proc/sysvipc/msg", queue, 14, 2, 600));
  removed(queue);
  CHECK(!told_in("/proc/sysvipc/msg", queue, 14, 4, 1));
  const int set = semget(IPC_PRIVATE, 5, 0640);
  CHECK(set >= 0 && told_in("/proc/sysvipc/sem", set, 10, 3, 5) && told_in("/proc/sysvipc/sem", set, 10, 2, 640));
  CHECK(semctl(set, 0, IPC_RMID) == 0);
  const int segment = shmget(IPC_PRIVATE, 12345, 0600);
  CHECK(segment >= 0);
  char *const memory = shmat(segment, NULL, 0);
  CHECK(memory != (void *)-1);
  memory[0] = 1;
  CHECK(told_in("/proc/sysvipc/shm", segment, 16, 3, 12345) && told_in("/proc/sysvipc/shm", segment, 16, 6, 1));
  CHECK(told_in("/proc/sysvipc/shm", segment, 16, 14, 4096));
  CHECK(shmctl(segment, IPC_RMID, NULL) == 0 && shmdt(memory) == 0);
  static const char *const limits[] = {"msgmax", "msgmnb", "msgmni", "sem", "shmall", "shmmax", "shmmni"};
  for (size_t at = 0; at < sizeof limits / sizeof limits[0]; ++at) {
    char path[64];
    snprintf(path, sizeof path, "/proc/sys/kernel/%s", limits[at]);
    CHECK(access(path, R_OK) == 0);
  }
}

static const struct test tests[] = {
    {"order", order},     {"lengths", lengths}, {"errors", errors}, {"copies", copies},         {"waiting", waiting},
    {"signals", signals}, {"control", control}, {"rights", rights}, {"proc_files", proc_files},
};
SUITE(message_suite, "message", tests);
