#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Linux programs on FAT images of the host: what mcopy put there, what mcopy and fsck.fat find afterwards, what FAT
# does not have, and a driver and a file server that fail in the middle.
. "$(dirname "$0")/../../support/check.sh"
root=$(cd "$(dirname "$0")/../../.." && pwd)
PATH=$PATH:/usr/sbin:/sbin
for tool in mkfs.fat fsck.fat mcopy sfdisk; do
  command -v $tool >/dev/null || fail "$tool is missing: packages dosfstools, mtools, fdisk"
done

check() { tessera run --timeout 100 --log "$work/log" "$@" </dev/null; }
# IMAGE: a file system without a table of parts.
image_is_clean() { fsck.fat -n "$1" >"$work/fsck" 2>&1 || { cat "$work/fsck"; fail "fsck.fat finds something"; }; }

mkdir -p "$work/tree/A Folder with a long name"
head -c 3000000 /dev/urandom >"$work/tree/large"
echo "from the host" >"$work/tree/A Folder with a long name/Small File.text"
sum=$(md5sum <"$work/tree/large" | cut -d' ' -f1)

note "a stick with a table of parts and FAT32"
mkfs.fat -F 32 -s 1 -n STICK -C "$work/part" 40000 >/dev/null || fail "mkfs.fat"
mcopy -s -i "$work/part" "$work/tree/"* :: || fail "mcopy"
truncate -s $((40000 * 1024 + 2 * 1048576)) "$work/stick"
echo 'start=2048, size=80000, type=c' | sfdisk -q "$work/stick" || fail "sfdisk"
dd if="$work/part" of="$work/stick" bs=1M seek=1 conv=notrunc status=none
check --disk "$work/stick" -- sh -c 'mount /dev/disk0p1 /mnt && cp -r /etc /mnt && sync
  grep "^/dev/disk0p1 /mnt vfat rw" /proc/mounts; stat -f -c "type %t" /mnt
  cat "/mnt/a folder WITH a long name/small file.TEXT"; md5sum </mnt/LARGE; cp /mnt/large /mnt/Copy; mv /mnt/copy "/mnt/A copy, moved"
  rm /mnt/large; test -e /mnt/Large || echo gone; cat /bin/busybox >/mnt/echo; /mnt/echo run from the stick
  (cd /etc && find . -type f | sort | while read f; do test -r "$f" && md5sum "$f"; done) >/tmp/here
  (cd /mnt/etc && find . -type f | sort | while read f; do md5sum "$f"; done) >/tmp/there
  cmp /tmp/here /tmp/there && echo the same tree; umount /mnt'
has_status 0
output_like '^/dev/disk0p1 /mnt vfat rw'
output_like '^type 4d44'
output_like '^from the host'
output_like "$sum"
output_like '^gone'
output_like '^run from the stick'
output_like '^the same tree'
dd if="$work/stick" of="$work/part" bs=1M skip=1 status=none
truncate -s $((40000 * 1024)) "$work/part"
image_is_clean "$work/part"
[ "$(mcopy -n -i "$work/part" '::A copy, moved' - | md5sum | cut -d' ' -f1)" = "$sum" ] || fail "mtools reads something else"

note "what FAT does not have"
check --disk "$work/stick" -- sh -c 'mount -t vfat /dev/disk0p1 /mnt; cd /mnt
  ln -s a link; ln "A copy, moved" hard; mkfifo fifo; chown 5 echo; chmod 4755 echo; touch "a*b"
  chmod 600 echo && stat -c %a echo; truncate -s 4294967296 echo; chmod 555 echo && stat -c %a echo; cd /; umount /mnt'
errors_like 'link.*Operation not permitted'
errors_like 'hard.*Operation not permitted'
errors_like 'fifo.*Operation not permitted'
errors_like 'echo: Operation not permitted'
errors_like 'a\*b: Invalid argument'
errors_like 'echo: .*File too large'
output_like '^755$'
output_like '^555$'

note "superfloppies, FAT12 and FAT16"
for width in 12 16; do
  size=$((width == 12 ? 4000 : 12000))
  rm -f "$work/floppy"
  mkfs.fat -F $width -C "$work/floppy" $size >/dev/null || fail "mkfs.fat"
  mcopy -s -i "$work/floppy" "$work/tree/"* :: || fail "mcopy"
  check --disk "$work/floppy" -- sh -c 'mount -t msdos /dev/disk0 /mnt && md5sum </mnt/large && mkdir /mnt/New && cp /mnt/large /mnt/New/x && rm /mnt/large && mv /mnt/New /mnt/Newer && umount /mnt'
  [ $width = 16 ] && has_status 0
  image_is_clean "$work/floppy"
done
output_like "$sum"
[ "$(mcopy -n -i "$work/floppy" ::Newer/x - | md5sum | cut -d' ' -f1)" = "$sum" ] || fail "mtools reads something else"

note "a driver that fails again and again"
sed -e 's/^packages = .*/&\npools    = ["cache"]/' "$root/systems/shell.toml" >"$work/system.toml"
cat >>"$work/system.toml" <<END

[pool.cache]
memory = "8M"

[component.blk]
program  = "virtio-blk"
restart  = "always"
restarts = 1000
priority = 112
memory   = "2M"
pools    = ["cache"]
config   = { weakness = "29" }
grants   = { "device" = ["pci:1af4:1042"], "log" = true }

[component.fs]
program  = "fs"
restart  = "always"
priority = 111
memory   = "8M"
pools    = ["cache"]
channels = { block = { peer = "blk", memory = "4M" }, client = { peer = "linux", as = "disk0", memory = "1M" } }
grants   = { "log" = true }
END
cat >"$work/load.sh" <<'END'
set -e
mount /dev/disk0p1 /mnt
for i in 1 2 3; do
  cp "/mnt/A copy, moved" /mnt/again$i
  sync
  [ "$(md5sum </mnt/again$i)" = "$(md5sum <"/mnt/A copy, moved")" ]
done
rm /mnt/again1
umount /mnt
mount /dev/disk0p1 /mnt
[ "$(md5sum </mnt/AGAIN3)" = "$(md5sum <"/mnt/A copy, moved")" ]
umount /mnt
echo all there
END
tessera run --timeout 100 --log "$work/log" --system "$work/system.toml" --disk "$work/stick" --add "$work/load.sh:/load.sh" -- sh /load.sh </dev/null
has_status 0
output_like '^all there'
lives=$(grep -c 'blk: started again' "$work/log")
[ "$lives" -ge 3 ] || fail "the driver was started again $lives times only"
dd if="$work/stick" of="$work/part" bs=1M skip=1 status=none
truncate -s $((40000 * 1024)) "$work/part"
image_is_clean "$work/part"
finish
