#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A system that fails tells the hypervisor (components/drivers/pvpanic), and the machine still says why and with which status.
. "$(dirname "$0")/../../support/check.sh"
root=$(cd "$(dirname "$0")/../../.." && pwd)

note "given up"
tessera run --timeout 60 --log "$work/log" --system "$root/systems/failure.toml" </dev/null
has_status 125
errors_like 'QEMU: the system told of its failure'
grep -q 'pvpanic: the hypervisor was told' "$work/log" || fail "the driver told nobody"
grep -q 'tessera: fatal: check: ' "$work/log" || fail "no last word"

note "no device"
cat >"$work/qemu" <<'END'
#!/bin/bash
words=()
for word in "$@"; do
  [[ $word == virt* && $word == *gic* ]] && arm=1
  if [ "$word" = pvpanic-pci ]; then unset 'words[-1]'; else words+=("$word"); fi
done
exec "qemu-system-$([ -n "${arm:-}" ] && echo aarch64 || echo x86_64)" "${words[@]}" $MORE
END
chmod +x "$work/qemu"
TESSERA_QEMU="$work/qemu" MORE='' tessera run --timeout 60 --log "$work/log" --system "$root/systems/failure.toml" </dev/null
has_status 125
grep -q 'told of its failure' "$work/err" && fail "who told?"
grep -q 'pvpanic: there is nobody to tell' "$work/log" || { fail "the driver told somebody"; cat "$work/log"; }

if [ "${TESSERA##*-}" != aarch64 ]; then
  note "the device at a port"
  sed 's/"device" = \["auto"\]/"ports" = ["0x505-0x505"]/' "$root/systems/failure.toml" >"$work/system.toml"
  TESSERA_QEMU="$work/qemu" MORE='-device pvpanic' tessera run --timeout 60 --log "$work/log" --system "$work/system.toml" </dev/null
  has_status 125
  errors_like 'QEMU: the system told of its failure'
fi

note "a status that is not 0 is no failure"
{ cat "$root/systems/random.toml"; printf '\n[component.pvpanic]\nmemory = "64K"\ngrants = { "device" = ["auto"], "failure" = true, "log" = true }\n'; } >"$work/system.toml"
tessera run --timeout 60 --system "$work/system.toml" </dev/null
has_status 1
has_no_errors
finish
