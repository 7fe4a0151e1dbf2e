#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The root file system on a disk: made, kept, thrown away, only read, on a part, and disks that cannot be one.
. "$(dirname "$0")/../../support/check.sh"
image=$work/root.ext4
sum() { md5sum <"$image"; }

note "made, with what would be in memory"
echo from the host >"$work/note"
tessera run --timeout 100 --disk-image "$image" --persist --disk-size 64M --add "$work/note:/etc/note" -- \
  sh -c 'grep " / " /proc/mounts; cat /etc/note; stat -c "%U %a" /tmp /root /etc/note; echo one >>/root/count; ls /.. | grep -c new' </dev/null
has_status 1
has_output "/dev/disk0 / ext4 rw,relatime 0 0
from the host
root 1777
root 700
root 644
0"
errors_like "^tessera: making $image of 64 MB with the root file system$"
one_error_line

note "changes are there at the next boot"
for line in two three; do
  tessera run --timeout 60 --disk-image "$image" --persist -- sh -c "echo $line >>/root/count" </dev/null
  has_status 0
  has_no_errors
done
tessera run --timeout 60 --disk-image "$image,nvme" --persist -- cat /root/count </dev/null
has_output "one
two
three"
e2fsck -fn "$image" >"$work/e2fsck" 2>&1 || { cat "$work/e2fsck"; fail "e2fsck finds something"; }

note "changes are thrown away, or not made"
before=$(sum)
tessera run --timeout 60 --disk-image "$image" -- sh -c 'echo lost >>/root/count; rm /etc/passwd; tail -n1 /root/count; sync' </dev/null
has_output lost
tessera run --timeout 60 --disk-image "$image,readonly" -- sh -c 'echo lost >>/root/count' </dev/null
has_status 1
errors_like 'Read-only file system'
[ "$before" = "$(sum)" ] || fail "the image has changed"

note "a server that ends beside its root"
mkfifo "$work/input"
XDG_RUNTIME_DIR=$work timeout -k 5 100 "$TESSERA" run --timeout 90 --disk-image "$image" -- sh -c 'echo begun; read line; ls /bin/busybox; cp /bin/busybox /root/copy && cmp /root/copy /bin/busybox && echo same' \
  <"$work/input" >"$work/machine.out" 2>&1 &
machine=$!
exec 7>"$work/input"
until grep -q begun "$work/machine.out"; do
  kill -0 $machine 2>/dev/null || { cat "$work/machine.out"; fail "the machine ended"; finish; }
  read -rt 0.1 <> <(:) || :
done
for name in fs0 blk0; do
  XDG_RUNTIME_DIR=$work tessera restart $name
  has_status 0
done
echo >&7
exec 7>&-
wait $machine || fail "status $?"
grep -q '^same$' "$work/machine.out" || { cat "$work/machine.out"; fail "no copy"; }

note "on a part of a disk"
if command -v /usr/sbin/sfdisk >/dev/null; then
  truncate -s 80M "$work/parts"
  printf 'label: gpt\nstart=2048, size=4096\nstart=8192, size=131072\n' | /usr/sbin/sfdisk -q "$work/parts" || fail "sfdisk"
  dd if="$image" of="$work/parts" bs=1M seek=4 conv=notrunc status=none
  tessera run --timeout 60 --disk-image "$work/parts" -- sh -c 'grep " / " /proc/mounts; cat /root/count' </dev/null
  output_like '^/dev/disk0p2 / ext4 rw'
  output_like '^three$'
fi

note "what cannot be"
tessera run --disk-image "$work/none" -- true </dev/null
has_status 125
errors_like "the disk '$work/none': No such file or directory; --persist, without readonly, makes it"
tessera run --disk-image "$image" --package bash -- true </dev/null
has_status 125
errors_like 'are for one that is made'
tessera run --persist -- true </dev/null
has_status 125
head -c 20000000 /dev/urandom >"$work/much"
tessera run --timeout 60 --disk-image "$work/small" --persist --disk-size 16M --add "$work/much:/opt/much" -- true </dev/null
has_status 125
errors_like 'does not fit'
[ ! -e "$work/small" ] && [ ! -e "$work/small.new" ] || fail "half a disk is left"
truncate -s 16M "$work/empty"
tessera run --timeout 60 --disk-image "$work/empty" -- true </dev/null
has_status 125
errors_like 'the first disk cannot be the root: no file system that is known here is on it'
mkfs.ext4 -q -F "$work/empty"
tessera run --timeout 60 --disk-image "$work/empty" -- true </dev/null
has_status 125
errors_like 'it lacks one of the directories'
tessera run --timeout 60 --disk-image "$image" -- /no/such </dev/null
has_status 127
finish
