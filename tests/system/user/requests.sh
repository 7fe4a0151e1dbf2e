#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What components may ask for while they run (components/asker, which checks each step itself), with the device and
# without; and the audit's word of what was refused.
. "$(dirname "$0")/../../support/check.sh"
root=$(cd "$(dirname "$0")/../../.." && pwd)

# The machine as always, and one thing more.
cat >"$work/qemu" <<'END'
#!/bin/bash
for word in "$@"; do [[ $word == virt* && $word == *gic* ]] && arm=1; done
exec "qemu-system-$([ -n "${arm:-}" ] && echo aarch64 || echo x86_64)" "$@" -device virtio-rng-pci,disable-legacy=on
END
chmod +x "$work/qemu"

note "with the device"
TESSERA_QEMU="$work/qemu" tessera run --timeout 60 --audit "$work/audit" --system "$root/systems/requests.toml" </dev/null
has_status 0
output_like '^all of this is as it should be$'
output_like '^its registers say how many queues it has: 1$'
output_like '^the second component asks for it: in_use$'
output_like '^the device that it had: granted$'
grep -q WRONG "$work/out" && { fail "something is not as it should be"; show; }

note "the audit"
tessera audit "$work/audit" --namespace first --event note </dev/null
has_status 0
output_like ' first: note machine 0x8086100e by genesis thread 0x[0-9a-f]+: denied$'
output_like ' first: note interrupt 0x9 by genesis thread 0x[0-9a-f]+: denied$'
output_like ' first: note memory 0x200000 by genesis thread 0x[0-9a-f]+: over_limit$'
output_like ' first: note machine 0x1af41044 by genesis thread 0x[0-9a-f]+: busy$'
tessera audit "$work/audit" --namespace second --event note </dev/null
output_like ' second: note machine 0x1af41044 by genesis thread 0x[0-9a-f]+: busy$'
note "what was granted, by genesis, and was taken away"
tessera audit "$work/audit" --namespace first --event delegate --object interrupt </dev/null
output_like ' first: delegate interrupt '

note "without the device"
tessera run --timeout 60 --system "$root/systems/requests.toml" </dev/null
has_status 0
output_like '^this machine has no such device$'
output_like '^all of this is as it should be$'

note "nobody may ask for what is granted"
sed 's/^grants   = { "log" = true }$/grants   = { "log" = true, "interrupt" = ["gsi:3"] }/' "$root/systems/requests.toml" >"$work/bad.toml"
tessera run --timeout 60 --system "$work/bad.toml" </dev/null
has_status 125
errors_like "bad.toml:13:[0-9]+: the interrupt 'gsi:3' is granted in line 12: nobody can ask for it"

finish
