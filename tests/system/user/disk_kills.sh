#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The driver of a Linux program's disk fails in the middle of every so manieth request, for as long as the program
# writes, reads back and asks for it to be durable: nothing that was acknowledged is lost, and nobody notices.
. "$(dirname "$0")/../../support/check.sh"
. "$(dirname "$0")/disk_kind.sh"
root=$(cd "$(dirname "$0")/../../.." && pwd)
rounds=${TESSERA_DISK_ROUNDS:-$([ "$kind" = virtio ] && echo 30 || echo 15)}
domain=${TESSERA_DISK_DOMAIN:-blk}  # storage: in one address space with the file system server
failure=${TESSERA_DISK_FAILURE:-panics}  # or hangs, scribbles, strays
weakness=${TESSERA_DISK_WEAKNESS:-23}  # the driver fails at every so manieth request; 300 rounds at 5 are some 1,000 times

mkfs.ext4 -q -b 4096 "$work/disk" 64M || fail "mkfs.ext4"

# shell.toml with a disk whose driver is weak.
sed -e 's/^packages = .*/&\npools    = ["cache"]/' "$root/systems/shell.toml" >"$work/system.toml"
cat >>"$work/system.toml" <<END

[pool.cache]
memory = "8M"

[component.fs]
program  = "fs"
domain   = "storage"
restart  = "always"
priority = 111
memory   = "8M"
pools    = ["cache"]
channels = { block = { peer = "blk", memory = "4M" }, client = { peer = "linux", as = "disk0", memory = "1M" } }
grants   = { "log" = true }

[component.blk]
domain   = "$domain"
program  = "$program"
restart  = "always"
restarts = 1000
priority = 112
memory   = "2M"
pools    = ["cache"]
cpu      = "90%"
config   = { weakness = "$weakness", failure = "$failure" }
grants   = { "device" = ["$device"], "log" = true }
END

cat >"$work/load.sh" <<'END'
set -e

mount /dev/disk0 /mnt
cd /mnt
round=0
while [ $round -lt $1 ]; do
  dd if=/dev/urandom of=new bs=8k count=$((1 + round % 40)) 2>/dev/null
  sum=$(md5sum <new)
  dd if=new of=file$((round % 17)) bs=64k conv=fsync 2>/dev/null
  echo "$sum" >sum$((round % 17))
  sync
  [ $((round % 10)) = 9 ] && { cd /; umount /mnt; mount /dev/disk0 /mnt; cd /mnt; }
  [ "$(md5sum <file$((round % 17)))" = "$(cat sum$((round % 17)))" ] || { echo "round $round: other contents"; exit 3; }
  round=$((round + 1))
done
cd /
umount /mnt
mount /dev/disk0 /mnt
for file in /mnt/file*; do
  [ "$(md5sum <$file)" = "$(cat /mnt/sum${file#/mnt/file})" ] || { echo "$file: other contents"; exit 3; }
done
echo all there
END

# Each time the device was refused just that, and the driver was not there to see what became of it.
check_strays() {
  local told refused
  told=$(grep -o 'blk: its device is told to write at 0x[0-9a-f]*' "$work/log" | grep -o '0x.*')
  refused=$(grep -o 'genesis: blk: its device 0x[0-9a-f]* was refused a write at 0x[0-9a-f]*' "$work/log" | grep -o '0x[0-9a-f]*$')
  [ -n "$told" ] || fail "the device was never told to"
  [ "$told" = "$refused" ] || fail "refused were other writes: $(paste <(echo "$told") <(echo "$refused") | head -5)"
  grep -q 'blk: something was written there' "$work/log" && fail "it was written there"
  grep -q 'blk: started again .* its device did what it may not' "$work/log" || fail "not for that"
}

note "a driver that fails again and again"
tessera run --timeout 250 --log "$work/log" --system "$work/system.toml" --disk "$work/disk,$kind" --add "$work/load.sh:/load.sh" -- sh /load.sh "$rounds" </dev/null
has_status 0
output_like '^all there'
killed=$(grep -c 'blk: started again' "$work/log")
# From its failure to when its next life serves again, by the machine's own clock.
times=$(awk -F'[][ ]+' '/ blk: failed: / { from = $2 } / fs: channel block: open/ && from { printf "%.3f\n", ($2 - from) * 1000; from = 0 }' "$work/log" | sort -n)
echo "the driver failed $killed times"
[ -z "$times" ] || awk '{ all[NR] = $1 } END { print "back in " all[int((NR + 1) / 2)] " ms (median), " all[int(NR * 0.99 + 0.99)] " ms (99 of 100), " all[NR] " ms (longest)" }' <<<"$times"
[ "$killed" -ge $((rounds * 10 / weakness)) ] || fail "the driver failed only $killed times"
case $failure in
  hangs) grep -q 'blk: started again .* fs says that it does not answer' "$work/log" || fail "no complaint" ;;
  strays) check_strays ;;
  scribbles) grep -q 'blk: started again .* fs says that it breaks the rules' "$work/log" || fail "no complaint" ;;
esac
e2fsck -fn "$work/disk" >"$work/e2fsck" 2>&1 || { cat "$work/e2fsck"; fail "e2fsck finds something"; }
finish
