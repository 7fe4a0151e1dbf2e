// SPDX-License-Identifier: Apache-2.0
// The disk of the rows of `storage`: an ext4 file system that each row mounts for itself.
#pragma once

#define DISK "/tmp/disk"

void mount_disk(void);
void unmount_disk(void);
// What was written is on the disk, and nothing of it in memory.
void cool_down(void);
// All of it is durable.
void sync_disk(void);
