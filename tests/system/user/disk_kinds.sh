#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Disks of several kinds in one machine, as --disk makes them: Linux programs copy from one to the other, and one that is
# only to be read is not written.
. "$(dirname "$0")/../../support/check.sh"

mkdir "$work/tree"
head -c 1000000 /dev/urandom >"$work/tree/data"
for one in a b c d; do mkfs.ext4 -q -d "$work/tree" "$work/$one" 16M || fail "mkfs.ext4"; done
mkfs.ext4 -q -F "$work/b" 16M || fail "mkfs.ext4"
before=$(cat "$work/c" "$work/d" | md5sum)

note "nvme, ahci, and both only to be read"
tessera run --timeout 100 --log "$work/log" --disk "$work/a,nvme" --disk "$work/b,ahci" --disk "$work/c,ahci,readonly" --disk "$work/d,driver=nvme,readonly" \
  -- sh -c 'set -e; mkdir /a /b /c /d; for one in 0 1 2 3; do mount /dev/disk$one /$(echo $one | tr 0123 abcd); done
    cp /a/data /b/copy; rm /a/data; cp /c/data /a/other; sync; cmp /b/copy /d/data; touch /c/new || echo refused; touch /d/new || echo refused' </dev/null
has_status 0
[ "$(grep -c '^refused$' "$work/out")" = 2 ] || { fail "a disk that is only to be read was written"; show; }
[ "$before" = "$(cat "$work/c" "$work/d" | md5sum)" ] || fail "an image that is only read has changed"
for one in a b; do e2fsck -fn "$work/$one" >"$work/e2fsck" 2>&1 || { cat "$work/e2fsck"; fail "e2fsck finds something"; }; done
debugfs -R 'cat /copy' "$work/b" 2>/dev/null | cmp - "$work/tree/data" || fail "the copy has other contents"
grep -q 'nothing interrupts' "$work/log" && fail "a device does not interrupt"
finish
