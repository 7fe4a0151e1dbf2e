// SPDX-License-Identifier: Apache-2.0
// Debian's own programs, dynamically linked, doing what people do with them. The
// root has the packages that machine_side.hpp names.
#include "measure.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char *const environment[] = {"PATH=/usr/bin:/bin",         "HOME=/tmp",           "LC_ALL=C",
                                    "GIT_AUTHOR_NAME=A",          "GIT_AUTHOR_EMAIL=a@b", "GIT_COMMITTER_NAME=A",
                                    "GIT_COMMITTER_EMAIL=a@b",    "GIT_CONFIG_NOSYSTEM=1", NULL};

static void await(pid_t child, const char *what) {
  int status = -1;
  require(waitpid(child, &status, 0) == child, "waitpid");
  require(WIFEXITED(status) && WEXITSTATUS(status) == 0, what);
}

// Without its output; errors are seen.
static void program(char *const *words) {
  posix_spawn_file_actions_t actions;
  pid_t child;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  require(posix_spawnp(&child, words[0], &actions, NULL, words, environment) == 0, words[0]);
  posix_spawn_file_actions_destroy(&actions);
  await(child, words[0]);
}

static void shell(char *text) {
  char *const words[] = {"/bin/bash", "-c", text, NULL};
  program(words);
}

static void fork_exec_dynamic(unsigned count) {
  static char *const words[] = {"/usr/bin/true", NULL};
  while (count-- != 0) {
    const pid_t child = fork();
    require(child >= 0, "fork");
    if (child == 0) {
      execve(words[0], words, environment);
      _exit(127);
    }
    await(child, words[0]);
  }
}

static void python_start(unsigned count) {
  static char *const words[] = {"/usr/bin/python3", "-c", "print(2**100)", NULL};
  while (count-- != 0) program(words);
}

static void sqlite_prepare(void) {
  FILE *script = fopen("/tmp/rows.sql", "w");
  require(script != NULL, "rows.sql");
  fputs("CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT, value REAL);\nBEGIN;\n", script);
  for (int at = 0; at < 10000; ++at) fprintf(script, "INSERT INTO t VALUES(%d,'name %d',%d.5);\n", at, at * 7, at);
  fputs("COMMIT;\n", script);
  for (int at = 0; at < 10000; ++at) fprintf(script, "SELECT value FROM t WHERE id=%d;\n", at * 7919 % 10000);
  require(fclose(script) == 0, "rows.sql");
}
static void sqlite(unsigned count) {
  while (count-- != 0) {
    unlink("/tmp/rows.db");
    shell("sqlite3 /tmp/rows.db </tmp/rows.sql");
  }
}
static void sqlite_end(void) {
  unlink("/tmp/rows.db");
  unlink("/tmp/rows.sql");
}

// Text that gzip finds neither trivial nor hopeless.
static void archive_prepare(void) {
  require(mkdir("/tmp/archive", 0755) == 0, "/tmp/archive");
  uint32_t state = 1;
  for (int at = 0; at < 16; ++at) {
    char name[32];
    snprintf(name, sizeof name, "/tmp/archive/%d", at);
    FILE *file = fopen(name, "w");
    require(file != NULL, name);
    for (int byte = 0; byte < 1 << 20; ++byte) {
      state = state * 1664525u + 1013904223u;
      fputc("etaoin shrdlu\n01"[state >> 28], file);
    }
    require(fclose(file) == 0, name);
  }
}
static void archive(unsigned count) {
  while (count-- != 0) shell("tar -C /tmp -cf - archive | gzip -1 | sha256sum");
}
static void archive_end(void) { shell("rm -r /tmp/archive"); }

static void shell_loop(unsigned count) {
  while (count-- != 0) shell("for ((i = 0; i < 200; ++i)); do /usr/bin/true; done");
}

static void files(const char *directory, int directories, int each) {
  char name[96];
  require(mkdir(directory, 0755) == 0, directory);
  for (int at = 0; at < directories; ++at) {
    snprintf(name, sizeof name, "%s/%d", directory, at);
    require(mkdir(name, 0755) == 0, name);
    for (int file = 0; file < each; ++file) {
      snprintf(name, sizeof name, "%s/%d/file-%d", directory, at, file);
      FILE *out = fopen(name, "w");
      require(out != NULL && fprintf(out, "%d %d\n", at, file) > 0 && fclose(out) == 0, name);
    }
  }
}

static void git_prepare(void) {
  files("/tmp/git", 20, 100);
  sleep(2);  // git reads again what is as young as its index
  shell("cd /tmp/git && git init -q && git add . && git commit -qm all");
}
static void git_status(unsigned count) {
  while (count-- != 0) shell("cd /tmp/git && git status");
}
static void git_end(void) { shell("rm -rf /tmp/git"); }

static void remove_prepare(void) { files("/tmp/many", 5, 1000); }
static void remove_all(unsigned count) {
  if (count != 0) shell("rm -rf /tmp/many");
}

static const struct row rows[] = {
    {"fork-exec-dynamic", 3, 20, NULL, fork_exec_dynamic, NULL},
    {"python-start", 1, 1, NULL, python_start, NULL},
    {"sqlite-10000", 1, 1, sqlite_prepare, sqlite, sqlite_end},
    {"tar-gzip-sha256-16M", 0, 1, archive_prepare, archive, archive_end},
    {"shell-200-true", 0, 1, NULL, shell_loop, NULL},
    {"git-status-2000", 1, 1, git_prepare, git_status, git_end},
    {"rm-rf-5000", 0, 1, remove_prepare, remove_all, NULL},
};
ROWS(program_rows, rows);
