#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A driver that does harm with interrupts (components/drivers/unruly): a storm of them ends its own lives and nobody else's, and
# where the IOMMU remaps interrupts a device cannot raise those of another.
. "$(dirname "$0")/../../support/check.sh"
root=$(cd "$(dirname "$0")/../../.." && pwd)

# The machine as always, and more.
arch=x86_64
[[ $TESSERA == *aarch64* ]] && arch=aarch64
cat >"$work/qemu" <<END
#!/bin/bash
[ -z "\${PLAIN:-}" ] || set -- "\${@/intremap=on/intremap=off}"
exec qemu-system-$arch "\$@" \$MORE
END
chmod +x "$work/qemu"
export TESSERA_QEMU=$work/qemu MORE PLAIN

# It begins last: QEMU 7.2 may crash where one core writes to a device while another sets devices up.
cat "$root/systems/shell.toml" - >"$work/storm.toml" <<'END'

[component.unruly]
restart    = "on-failure"
restarts   = 2
memory     = "1M"
interrupts = 2000
needs      = ["linux"]
config     = { mood = "storm" }
grants     = { "device" = ["pci:1234:11e8"], "log" = true }
END

# What a shell is told when the driver was given up.
told() {
  for _ in $(seq 400); do
    grep -qs 'unruly: given up' "$work/log" && break
    sleep 0.2
  done
  printf '%s\n' 'echo "it goes on: $(seq 1000 | tail -n 1)"' 'exit 3'
}

storms() {
  rm -f "$work/log"
  MORE="-device edu" tessera run --timeout 90 --log "$work/log" --system "$work/storm.toml" "$@" -- sh < <(told)
  has_status 3
  has_output 'it goes on: 1000'
  for life in 1 2; do
    grep -q "genesis: unruly: started again ($life of 2).*: interrupt storm: 2000 in [0-9]* ms" "$work/log" || fail "no storm in life $life"
  done
  grep -q 'genesis: unruly: given up: interrupt storm: 2000 in [0-9]* ms' "$work/log" || fail "it was not given up for that"
  [ "$(grep -c 'its device interrupts without end' "$work/log")" = 3 ] || fail "it had another number of lives"
  [ "$failures" = 0 ] || cat "$work/log"
}

note "a storm on the only core"
storms --cpus 1 --no-iommu
note "a storm from another core, behind an IOMMU"
sed -i 's/^interrupts = 2000/&\ncore = 1/' "$work/storm.toml"
storms --cpus 2 --iommu

cat >"$work/foreign.toml" <<'END'
[system]
name = "foreign"
main = "unruly"

[component.unruly]
restart = "never"
memory  = "1M"
config  = { mood = "foreign" }
grants  = { "device" = ["pci:8086:10d3", "pci:1af4:1044"], "log" = true }
END
foreign() { MORE="-device e1000e -device virtio-rng-pci,disable-legacy=on,iommu_platform=on" tessera run --timeout 60 --log "$work/log" --system "$work/foreign.toml" "$@" </dev/null; }

note "another device's interrupt"
foreign --iommu
has_status 0
has_output $'nothing came of another device\'s message\nan interrupt came of its own'
# There the interrupt controller knows whose a message is.
[ "$arch" = x86_64 ] || finish
note "the same where nothing holds it back: the test would notice"
foreign --no-iommu
has_status 0
has_output $'an interrupt came of another device\'s message\nan interrupt came of its own'
note "an IOMMU that cannot remap"
PLAIN=1 foreign --iommu
has_status 0
has_output $'an interrupt came of another device\'s message\nan interrupt came of its own'
grep -q 'nucleus: devices may raise interrupts that are not their own: the table of IOMMUs (DMAR) ' "$work/log" || fail "nobody says so"

finish
