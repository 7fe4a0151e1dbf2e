#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The entropy device's driver and a client (components/drivers), with the device and without.
. "$(dirname "$0")/../../support/check.sh"
root=$(cd "$(dirname "$0")/../../.." && pwd)

note "with the device"
# The machine as always, and one thing more.
cat >"$work/qemu" <<'END'
#!/bin/bash
for word in "$@"; do [[ $word == virt* && $word == *gic* ]] && arm=1; done
exec "qemu-system-$([ -n "${arm:-}" ] && echo aarch64 || echo x86_64)" "$@" -device virtio-rng-pci,disable-legacy=on
END
chmod +x "$work/qemu"
TESSERA_QEMU="$work/qemu" tessera run --timeout 60 --log "$work/log" --system "$root/systems/random.toml" </dev/null
has_status 0
[ "$(grep -c '4096 bytes, [0-9]* bits' "$work/out")" = 2 ] || { fail "it was not filled twice"; show; }

note "without it"
tessera run --timeout 60 --system "$root/systems/random.toml" </dev/null
has_status 1
output_like 'refused: no_device'

finish
