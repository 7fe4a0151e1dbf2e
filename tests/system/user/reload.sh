#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Programs brought into a machine that runs: a disk's driver of another version under a load, and what is refused; a
# component that is started by hand.
. "$(dirname "$0")/../../support/check.sh"
root=$(cd "$(dirname "$0")/../../.." && pwd)
export XDG_RUNTIME_DIR=$work
build=${TESSERA_BUILD:-$root/build}
arch=x86_64
[[ $TESSERA == *aarch64* ]] && arch=aarch64 build=$build/aarch64

mkfs.ext4 -q -b 4096 "$work/disk" 64M || fail "mkfs.ext4"
cat "$root/systems/shell.toml" - >"$work/system.toml" <<'END'

[component.lamp]
program = "virtio-rng"
start   = "manual"
restarts = 1000  # it ends at once, again and again
memory  = "64K"
grants  = { "log" = true }
END

# The same driver, which says another thing when its client is there.
sed 's/channel {}: open/channel {}: OPEN/' "$build/components/drivers/virtio_blk/virtio-blk.elf" >"$work/virtio-blk-two.elf"
cmp -s "$build/components/drivers/virtio_blk/virtio-blk.elf" "$work/virtio-blk-two.elf" && fail "it says no such thing"

# Until it is told to end, over standard input.
cat >"$work/load.sh" <<'END'
mount /dev/disk0 /mnt && cd /mnt || exit 3
(round=0
while [ ! -e /tmp/end ]; do
  dd if=/dev/urandom of=new bs=8k count=$((1 + round % 20)) 2>/dev/null
  sum=$(md5sum <new)
  dd if=new of=file bs=64k conv=fsync 2>/dev/null || exit 4
  [ "$(md5sum <file)" = "$sum" ] || exit 5
  round=$((round + 1))
  echo $round >/tmp/round
done
echo "all $round rounds" >/tmp/result) &
echo begun
while read line && [ "$line" = round ]; do
  before=$(cat /tmp/round)
  until [ "$(cat /tmp/round)" != "$before" ]; do usleep 10000; done
  echo "round $line"
done
touch /tmp/end
wait $! || { echo "the load: $?"; exit 6; }
read line </tmp/result
cd / && umount /mnt
echo "end: $line"
END

mkfifo "$work/input"
: >"$work/machine.out"
note "a machine"
timeout -k 5 280 "$TESSERA" run --timeout ${patience:-250} --log "$work/log" --system "$work/system.toml" --disk "$work/disk" \
  --add "$work/load.sh:/load.sh" -- sh /load.sh <"$work/input" >"$work/machine.out" 2>"$work/machine.err" &
machine=$!
exec 7>"$work/input"
await() {
  until [ "$(grep -c "$1" "$work/machine.out")" -ge "$2" ]; do
    kill -0 $machine 2>/dev/null || { cat "$work/machine.out" "$work/machine.err"; fail "the machine ended"; finish; }
    read -rt 0.1 <> <(:) || :
  done
}
await begun 1

note "another version, three times"
for round in 1 2 3; do
  tessera reload blk0 "$work/virtio-blk-two.elf" --arch $arch
  has_status 0
  has_no_errors
  echo round >&7
  await round $round
done
tessera ps
output_like '^blk0 +ready .* 4 +2048 K +virtio-blk-two$'
[ "$(grep -c 'blk0: channel block: OPEN' "$work/log")" = 3 ] || { fail "it was not the other version"; grep blk0 "$work/log"; }

note "what is refused"
refused() {
  has_status 125
  errors_like "$1"
  tessera ps
  output_like '^blk0 +ready .* 4 +2048 K +virtio-blk-two$'
}
head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n' >"$work/key"
tessera reload blk0 "$work/virtio-blk-two.elf" --arch $arch --signing-key "$work/key"
refused "not signed with its image's key"
cp /bin/true "$work/true.elf"
tessera reload blk0 "$work/true.elf" --arch $arch
refused 'it is none for this machine'
tessera reload blk0 linux --arch $arch
refused 'there is no room for this program'
tessera reload fs0 fs --arch $arch
refused 'there is no room for this program'
tessera reload blk0 "$work/load.sh" --arch $arch
refused 'load.sh'
tessera reload blk1 "$work/true.elf" --arch $arch
refused "no component is called 'blk1', did you mean 'blk0'"
tessera reload linux linux --arch $arch
refused "'linux' is not in a state for that"

note "one that does not get along"
tessera reload blk0 console --arch $arch
has_status 0
echo round >&7
await round 4
tessera ps
output_like '^blk0 +ready .* 8 +2048 K +virtio-blk '
grep -q 'blk0: console, which was brought in, was given up: .*; now virtio-blk again' "$work/log" || { fail "it was not given up"; grep blk0 "$work/log"; }

note "the manifest's own again"
tessera reload blk0 virtio-blk --arch $arch
has_status 0
echo round >&7
await round 5
tessera ps
output_like '^blk0 +ready .* 9 +2048 K +virtio-blk '
tessera restart blk0
has_status 0

note "one that is started by hand"
tessera ps
output_like '^lamp +stopped .* 0 +64 K'
tessera start lamp
has_status 0
tessera ps
output_like '^lamp +[a-z]+ .* [1-9] +64 K'
tessera stop lamp
has_status 0

note "the end"
echo end >&7
exec 7>&-
wait $machine
status=$?
cp "$work/machine.out" "$work/out"
cp "$work/machine.err" "$work/err"
has_status 0
output_like '^end: all [0-9]+ rounds$'
e2fsck -fn "$work/disk" >"$work/e2fsck" 2>&1 || { cat "$work/e2fsck"; fail "e2fsck finds something"; }
finish
