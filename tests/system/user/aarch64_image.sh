#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# AArch64 by UEFI: windows of devices where firmware put them; an image, the same bytes each
# time, that boots by itself; firmware that has no device tree.
. "$(dirname "$0")/../../support/check.sh"
export SOURCE_DATE_EPOCH=1700000000
root=$(cd "$(dirname "$0")/../../.." && pwd)
firmware=/usr/share/AAVMF/AAVMF
command -v qemu-system-aarch64 >/dev/null || { echo "qemu-system-arm is not installed"; exit 77; }
[ -f ${firmware}_CODE.fd ] || { echo "qemu-efi-aarch64 is not installed"; exit 77; }

note "--boot uefi"
head -c 300000 /dev/urandom >"$work/bytes"
tessera run --arch aarch64 --boot uefi --timeout 90 --system "$root/systems/echo.toml" <"$work/bytes"
has_status 0
has_no_errors
same_file "$work/bytes" "$work/out"

note "--boot uefi from EL2, with two cores"
printf '#!/bin/bash\nset -- "${@/virt,gic-version=3/virt,gic-version=3,virtualization=on}"\nexec qemu-system-aarch64 "$@"\n' >"$work/qemu"
chmod +x "$work/qemu"
TESSERA_QEMU=$work/qemu tessera run --arch aarch64 --boot uefi --cpus 2 --cpu-model cortex-a72 --timeout 90 --system "$root/systems/echo.toml" <"$work/bytes"
has_status 0
same_file "$work/bytes" "$work/out"

note "two images of the same sources are equal"
for name in one two; do
  tessera image "$work/$name.img" --arch aarch64 --system "$root/systems/tenants.toml" </dev/null
  has_status 0
  has_no_output
  [ "$name" = two ] || sleep 2  # FAT counts two seconds
done
same_file "$work/one.img" "$work/two.img"

# machine KIND SERIAL: the words that make QEMU boot one.img by itself.
machine() {
  words=(qemu-system-aarch64 -M "$1" -accel tcg -cpu cortex-a72 -m 256M -nodefaults -display none -no-reboot
    -drive "if=pflash,format=raw,readonly=on,file=${firmware}_CODE.fd" -drive "if=pflash,format=raw,snapshot=on,file=${firmware}_VARS.fd"
    -drive "if=none,id=disk,format=raw,readonly=on,file=$work/one.img" -device virtio-blk-pci,drive=disk -serial "file:$2")
}

note "the image boots by itself"
machine virt,gic-version=3,acpi=off "$work/log"
run timeout 60 "${words[@]}" </dev/null
grep -q 'tessera: power-off status=0' "$work/log" || { fail "no power-off with status 0"; tail -n 5 "$work/log"; }
grep -q 'tenants: all of this is as it should be' "$work/log" || fail "the tenants did not end well"

note "firmware without a device tree"
mkfifo "$work/serial"
machine virt,gic-version=3 "$work/serial"
timeout 60 "${words[@]}" </dev/null 2>"$work/err" &
grep -aq -m 1 'tessera: this firmware has no device tree' "$work/serial" || fail "nothing says what is missing"
kill $! 2>/dev/null  # it goes on with what firmware finds next
wait

note "what is not there"
tessera run --arch aarch64 --boot bios </dev/null
has_status 125
errors_like "--boot bios is x86-64's"
one_error_line
tessera image --arch aarch64 /nowhere/x.img --system "$root/systems/tenants.toml" </dev/null
has_status 125
one_error_line
errors_like 'cannot write /nowhere/x\.img: '
finish
