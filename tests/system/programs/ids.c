// SPDX-License-Identifier: Apache-2.0
// ids: prints the real, effective and saved user and group.
#include <stdio.h>
#include <unistd.h>

int main(void) {
  uid_t uid[3];
  gid_t gid[3];
  if (getresuid(&uid[0], &uid[1], &uid[2]) != 0 || getresgid(&gid[0], &gid[1], &gid[2]) != 0) return 1;
  printf("%u %u %u, %u %u %u\n", uid[0], uid[1], uid[2], gid[0], gid[1], gid[2]);
  return 0;
}
