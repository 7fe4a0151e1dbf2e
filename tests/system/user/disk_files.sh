#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The file systems on a disk (components/fs) and a client: what it read is what the host put there, what it wrote
# is there, and e2fsck finds nothing; also where the driver is killed again and again.
. "$(dirname "$0")/../../support/check.sh"
root=$(cd "$(dirname "$0")/../../.." && pwd)
PATH=$PATH:/usr/sbin:/sbin

# NAME [SED COMMAND]: the manifest with a client that writes the file NAME.
check() {
  sed -e "s/\"written\"/\"$1\"/" -e "${2:-}" "$root/systems/files.toml" >"$work/system.toml"
  tessera run --timeout 100 --log "$work/log" --system "$work/system.toml" --disk "$work/disk" </dev/null
  has_status 0
  output_like 'all is well'
}
# Files and bytes of the host's tree and of COUNT files that the client wrote, as it says them.
expected() {
  local files bytes sum
  files=$(($(find "$work/tree" -type f | wc -l) + $1))
  bytes=$(($(find "$work/tree" -type f -print0 | xargs -0 cat | wc -c) + $1 * 130972))
  sum=$(find "$work/tree" -type f -print0 | xargs -0 cat | od -An -v -tu1 -w1 | awk '{ s += $1 } END { print s }')
  echo "$files files, 4 folders, $bytes bytes, sum $((sum + $1 * 130972 * 120))"
}
whole() {
  e2fsck -fn "$work/disk" >"$work/fsck" 2>&1 || fail "e2fsck: $(cat "$work/fsck")"
  [ "$(debugfs -R "cat /$1" "$work/disk" 2>/dev/null | tr -d x | wc -c)" = 0 ] || fail "/$1 has something else than was written"
  [ "$(debugfs -R "cat /$1" "$work/disk" 2>/dev/null | wc -c)" = 130972 ] || fail "/$1 has another length"
}

mkdir -p "$work/tree/many/deep"
for i in $(seq 100); do echo "file $i" >"$work/tree/many/f$i"; done
head -c 300000 /dev/urandom >"$work/tree/many/deep/large"
mkfs.ext4 -q -F -d "$work/tree" "$work/disk" 16M

note "all files are read, and one is written"
check first
output_like "$(expected 0)"
whole first

note "the driver fails at every 20th request"
check second 's/^memory   = "2M"/memory = "2M"\nconfig = { weakness = "20" }/'
output_like "$(expected 1)"
whole second
lives=$(grep -c 'genesis: blk: started again' "$work/log")
[ "$lives" -ge 3 ] || fail "the driver was started again $lives times only"

finish
