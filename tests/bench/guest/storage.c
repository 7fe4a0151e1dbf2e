// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "storage.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "measure.h"

// As Linux and as Tessera call the only disk.
static const char *const devices[] = {"/dev/vda", "/dev/nvme0n1", "/dev/disk0"};

void mount_disk(void) {
  require(mkdir(DISK, 0755) == 0 || errno == EEXIST, DISK);
  for (unsigned at = 0; at < sizeof devices / sizeof devices[0]; ++at)
    if (access(devices[at], F_OK) == 0) {
      require(mount(devices[at], DISK, "ext4", 0, "") == 0, devices[at]);
      return;
    }
  errno = ENODEV;
  fail("the disk");
}

void unmount_disk(void) { require(umount(DISK) == 0, "umount"); }

void cool_down(void) {
  unmount_disk();
  mount_disk();
}

void sync_disk(void) {
  const int disk = open(DISK, O_RDONLY | O_DIRECTORY);
  require(disk >= 0 && syncfs(disk) == 0, "syncfs");
  close(disk);
}
