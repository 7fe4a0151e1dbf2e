// SPDX-License-Identifier: Apache-2.0
// exec-errno FILE [ARGUMENTS...]: runs FILE without a shell or C library between
// and says what execve answered, or how the program ended. Its output is dropped.
// exec-errno --arguments COUNT BYTES: the same for /bin/true with COUNT arguments
// of BYTES bytes each.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static char **many_arguments(int count, int bytes) {
  char **words = calloc((size_t)count + 2, sizeof(char *));
  char *word = malloc((size_t)bytes + 1);
  if (!words || !word) exit(2);
  memset(word, 'a', (size_t)bytes);
  word[bytes] = 0;
  words[0] = "/bin/true";
  for (int i = 1; i <= count; ++i) words[i] = word;
  return words;
}

int main(int count, char **words) {
  char **command = words + 1;
  if (count < 2) return 2;
  if (count == 4 && strcmp(words[1], "--arguments") == 0) command = many_arguments(atoi(words[2]), atoi(words[3]));

  const struct rlimit none = {0, 0};
  int answer[2];
  if (pipe2(answer, O_CLOEXEC) != 0) return 2;
  const pid_t child = fork();
  if (child == 0) {
    setrlimit(RLIMIT_CORE, &none);
    alarm(5);  // kept by exec: a program that got lost ends
    const int nothing = open("/dev/null", O_RDWR);
    for (int stream = 0; stream < 3; ++stream) dup2(nothing, stream);
    char *environment[] = {"PATH=/bin", NULL};
    execve(command[0], command, environment);
    const int error = errno;
    if (write(answer[1], &error, sizeof(error)) < 0) _exit(3);
    _exit(2);
  }
  close(answer[1]);
  int error = 0, status = 0;
  const ssize_t got = read(answer[0], &error, sizeof(error));
  waitpid(child, &status, 0);
  const char *name = strrchr(command[0], '/');
  printf("%s: ", name ? name + 1 : command[0]);
  if (got > 0) {
    printf("%s\n", strerror(error));
  } else if (WIFSIGNALED(status)) {
    printf("%s\n", strsignal(WTERMSIG(status)));
  } else {
    printf("status %d\n", WEXITSTATUS(status));
  }
  return 0;
}
