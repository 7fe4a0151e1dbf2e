#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The operator: ./tessera ps, restart, stop and start, on a machine whose programs work on all the while.
. "$(dirname "$0")/../../support/check.sh"
root=$(cd "$(dirname "$0")/../../.." && pwd)
export XDG_RUNTIME_DIR=$work

note "no machine"
tessera ps
has_status 125
errors_like 'no machine is running'

mkfs.ext4 -q -b 4096 "$work/disk" 64M || fail "mkfs.ext4"

mkfs.ext4 -q -b 4096 "$work/other" 16M || fail "mkfs.ext4"

# Beside two disks: one whose first program cannot work here, and one that has no other and is never ready.
cp "$root/systems/shell.toml" "$work/system.toml"
cat >>"$work/system.toml" <<'END'

[component.lamp]
program  = "virtio-rng"
fallback = "audit"
restarts = 2
memory   = "64K"
grants   = { "audit" = true, "log" = true }

[component.dark]
program  = "virtio-rng"
restarts = 3
memory   = "64K"
END

# Until it is told to end, over standard input.
cat >"$work/load.sh" <<'END'
mount /dev/disk0 /mnt && cd /mnt && touch new file && sync || exit 3  # files that are not durable go with their server
mkdir /other && mount /dev/disk1 /other && echo before >/other/file && sync || exit 3
(round=0
while [ ! -e /tmp/end ]; do
  dd if=/dev/urandom of=new bs=8k count=$((1 + round % 20)) 2>/dev/null
  sum=$(md5sum <new)
  dd if=new of=file bs=64k conv=fsync 2>/dev/null || exit 4
  [ "$(md5sum <file)" = "$sum" ] || exit 5
  round=$((round + 1))
done
echo "all $round rounds" >/tmp/result) &
echo begun
read line
touch /tmp/end
wait $! || { echo "the load: $?"; exit 6; }
read line </tmp/result
[ "$(cat /other/file)" = before ] && echo after >/other/file && umount /other || echo "the other disk has changed"
cd / && umount /mnt
echo "end: $line"
END

mkfifo "$work/input"
note "a machine"
timeout -k 5 300 "$TESSERA" run --timeout 250 --log "$work/log" --system "$work/system.toml" --disk "$work/disk" --disk "$work/other,together" \
  --add "$work/load.sh:/load.sh" -- sh /load.sh <"$work/input" >"$work/machine.out" 2>"$work/machine.err" &
machine=$!
exec 7>"$work/input"
until grep -q begun "$work/machine.out"; do
  kill -0 $machine 2>/dev/null || { cat "$work/machine.out" "$work/machine.err"; fail "the machine ended"; finish; }
  read -rt 0.1 <> <(:) || :
done

note "what there is"
tessera ps
has_status 0
output_like '^NAME +STATE +FOR +LIVES +MEMORY +PROGRAM +LAST END$'
output_like '^blk0 +ready .* 1 +2048 K +virtio-blk$'
output_like '^linux +ready '

note "which devices there are"
tessera devices
has_status 0
output_like '^PLACE +DEVICE +DRIVEN BY +DRIVERS$'
output_like '^00:[0-9a-f]{2}\.[0-7] +pci:1af4:1042 pci:class:010000 +blk0 +virtio-blk$'
output_like '^00:[0-9a-f]{2}\.[0-7] +pci:1af4:1043 pci:class:078000 +control-link +console$'
output_like '^00:00\.0 +pci:[0-9a-f:]* pci:class:060000 +- +-$'

note "components that end beside a load"
for round in 1 2 3 4 5; do
  for name in blk0 console scheduler; do
    tessera restart $name
    has_status 0
    has_no_errors
  done
done
tessera ps
output_like '^blk0 +[a-z]+ .* 6 +2048 K'
tessera stop blk0
has_status 0
tessera ps
output_like '^blk0 +stopped '
tessera stop blk0
has_status 125
errors_like "'blk0' is not in a state for that"
tessera restart blk0
has_status 125
tessera start blk0
has_status 0
tessera start blk0
has_status 125
tessera restart fs0
has_status 0

note "two components in one address space"
tessera restart blk1
has_status 0
tessera ps
output_like '^fs1 +ready .* 1 +8192 K +fs$'
output_like '^blk1 +[a-z]+ .* 2 +2048 K +virtio-blk-d1'
tessera stop fs1
has_status 0
tessera ps
output_like '^blk1 +waiting .* 2 '
tessera start fs1
has_status 0
tessera ps
output_like '^fs1 +[a-z]+ .* 2 '
output_like '^blk1 +[a-z]+ .* 3 '

note "what cannot be"
for name in linux control; do
  tessera restart $name
  has_status 125
  errors_like "'$name' is not in a state for that"
done
tessera restart blk
has_status 125
errors_like "no component is called 'blk', did you mean 'blk0'"
tessera restart
has_status 125
one_error_line
tessera ps --machine 1
has_status 125
errors_like 'no machine 1 is running'

note "a program in place of one that cannot work"
tessera ps
output_like '^lamp +ready .* audit '
grep -q 'genesis: lamp: virtio-rng was given up: .*; now audit' "$work/log" || fail "no word of the other program"

note "the end"
echo >&7
exec 7>&-
wait $machine
status=$?
cp "$work/machine.out" "$work/out"
cp "$work/machine.err" "$work/err"
has_status 0
output_like '^end: all [0-9]+ rounds$'
grep -q 'has changed' "$work/out" && { fail "the other disk"; show; }
[ -z "$(find "$work" -name '*.control')" ] || fail "a socket is left"
for one in disk other; do e2fsck -fn "$work/$one" >"$work/e2fsck" 2>&1 || { cat "$work/e2fsck"; fail "e2fsck finds something"; }; done
[ "$(grep -c 'genesis: dark: started again' "$work/log")" = 3 ] || fail "it was not started again three times"
grep -qE 'genesis: dark: started again \(2 of 3\) in [1-9][0-9]* ms' "$work/log" || fail "no pause before the second time"
grep -q 'genesis: dark: given up' "$work/log" || fail "it was not given up"
finish
