#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Linux programs on an ext4 image of the host: what they find there, what the host finds afterwards (e2fsck,
# debugfs), and what is refused.
. "$(dirname "$0")/../../support/check.sh"

check() { tessera run --timeout 100 --log "$work/log" "$@" </dev/null; }
# No complaint about the image.
image_is_clean() { e2fsck -fn "$1" >"$work/e2fsck" 2>&1 || { cat "$work/e2fsck"; fail "e2fsck finds something"; }; }
# IMAGE PATH: the file's contents.
in_image() { debugfs -R "cat $2" "$1" 2>/dev/null; }

mkdir "$work/tree" "$work/tree/folder"
head -c 3000000 /dev/urandom >"$work/tree/large"
echo "from the host" >"$work/tree/folder/small"
ln -s folder/small "$work/tree/link"
mkfs.ext4 -q -d "$work/tree" "$work/disk" 48M || fail "mkfs.ext4"

note "what the host put there"
check --disk "$work/disk" -- sh -c 'set -e; mount /dev/disk0 /mnt; cat /mnt/link; md5sum /mnt/large; ls /mnt; df /mnt | tail -1; umount /mnt'
has_status 0
output_like 'from the host'
output_like "$(md5sum <"$work/tree/large" | cut -d' ' -f1)"
output_like 'lost.found'
image_is_clean "$work/disk"

note "what programs put there"
check --disk "$work/disk" -- sh -c 'set -e; mount -t ext4 /dev/disk0 /mnt; cp -r /etc /mnt; cp /bin/busybox /mnt/echo
  /mnt/echo run from the disk; mv /mnt/large /mnt/folder/moved; rm /mnt/link; chmod 640 /mnt/folder/small
  i=0; while [ $i -lt 300 ]; do echo $i >/mnt/folder/file$i; i=$((i+1)); done; sync'
has_status 0
output_like 'run from the disk'
image_is_clean "$work/disk"
in_image "$work/disk" /folder/moved | cmp - "$work/tree/large" || fail "a moved file has other contents"
[ "$(in_image "$work/disk" /folder/file299)" = 299 ] || fail "a file that was made is not in the image"
debugfs -R 'stat /folder/small' "$work/disk" 2>/dev/null | grep -q 'Mode: *0640' || fail "the mode that was set is not in the image"

note "read-only, and what cannot be mounted"
check --disk "$work/disk" -- sh -c 'mount -o ro /dev/disk0 /mnt && ! touch /mnt/new 2>/dev/null && cat /mnt/folder/small'
has_status 0
output_like 'from the host'
before=$(md5sum <"$work/disk")
check --disk "$work/disk,readonly" -- sh -c 'mount -o ro /dev/disk0 /mnt && cat /mnt/folder/small'
has_status 0
check --disk "$work/disk,readonly" -- sh -c 'mount /dev/disk0 /mnt; grep -c "/mnt ext4 ro," /proc/mounts; touch /mnt/new'
has_status 1
output_like '^1$'
errors_like 'Read-only file system'
[ "$before" = "$(md5sum <"$work/disk")" ] || fail "an image that is only read has changed"
truncate -s 1M "$work/empty"
check --disk "$work/empty" -- sh -c 'mount -t ext4 /dev/disk0 /mnt && exit 3; mount -t xfs /dev/disk0 /mnt && exit 4; mount -t ext4 /dev/null /mnt && exit 5; exit 0'
has_status 0
errors_like 'disk0 on /mnt failed: Invalid argument'
errors_like 'disk0 on /mnt failed: No such device'
errors_like 'null on /mnt failed: Block device required'

note "a full disk"
mkfs.ext4 -q "$work/small" 4M || fail "mkfs.ext4"
check --disk "$work/small" -- sh -c 'mount /dev/disk0 /mnt; dd if=/dev/zero of=/mnt/much bs=64k count=200 2>&1; rm /mnt/much; echo room >/mnt/again && sync && cat /mnt/again'
has_status 0
output_like 'No space left on device'
output_like '^room'
image_is_clean "$work/small"

note "the disk itself"
check --disk "$work/disk" -- sh -c 'mount /dev/disk0 /mnt; dd if=/dev/disk0 bs=1k skip=1 count=1 2>/dev/null | dd bs=1 skip=56 count=2 2>/dev/null | od -An -tx1'
has_status 0
output_like '53 ef'
finish
