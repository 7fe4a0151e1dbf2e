#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# ./tessera image: the same bytes each time, and an image that boots by itself.
. "$(dirname "$0")/../../support/check.sh"
export SOURCE_DATE_EPOCH=1700000000

note "two images of the same sources are equal"
for name in one two; do
  tessera image "$work/$name.iso" --console stream -- sh -c 'echo from the image; exit 5' </dev/null
  has_status 0
  has_no_output
  [ "$name" = two ] || sleep 1
done
same_file "$work/one.iso" "$work/two.iso"

note "another program makes another image"
tessera image "$work/three.iso" -- true </dev/null
has_status 0
! cmp -s "$work/one.iso" "$work/three.iso" || fail "they are equal"

note "the image boots by itself"
# Without a virtio port the link is the first UART, where the log is, too.
run timeout 60 qemu-system-x86_64 -M q35 -accel tcg -cpu max -m 256M -nodefaults -display none -no-reboot \
  -serial "file:$work/log" -cdrom "$work/one.iso" </dev/null
grep -q 'tessera: power-off status=5' "$work/log" || { fail "no power-off with status 5"; tail -n 5 "$work/log"; }
grep -aq 'from the image' "$work/log" || fail "no output on the UART"

note "no file, and a file that cannot be written"
tessera image </dev/null
has_status 125
one_error_line
tessera image /nowhere/x.iso </dev/null
has_status 125
one_error_line
errors_like 'cannot write /nowhere/x\.iso: '

finish
