#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Systems of native components on AArch64: on a core that has little and one that has
# all, alone and several, from EL1 and from EL2; and what is refused, in one line.
. "$(dirname "$0")/../../support/check.sh"
limit=280
root=$(cd "$(dirname "$0")/../../.." && pwd)
command -v qemu-system-aarch64 >/dev/null || { echo "qemu-system-arm is not installed"; exit 77; }

# qemu_with MACHINE: QEMU gets this machine, and a kernel and bundle as usual.
qemu_with() {
  printf '#!/bin/bash\nset -- "${@/virt,gic-version=3/%s}"\nexec qemu-system-aarch64 "$@"\n' "$1" >"$work/qemu"
  chmod +x "$work/qemu"
}

note "tenants"
for cpu in cortex-a72 max; do
  tessera run --arch aarch64 --cpu-model $cpu --timeout 60 --system "$root/systems/tenants.toml" </dev/null
  has_status 0
  has_no_errors
  output_like '^all of this is as it should be$'
done

note "a component that jumps past a landing pad"
cat >"$work/astray.toml" <<'END'
[system]
name = "astray"
main = "unruly"

[component.unruly]
restart = "never"
memory  = "1M"
config  = { mood = "astray" }
grants  = { "log" = true }
END
astray() { tessera run --arch aarch64 --timeout 60 --log "$work/log" --system "$work/astray.toml" "$@" </dev/null; }
astray --cpu-model cortex-a72
has_status 0
output_like '^it ran a function that it jumped into the middle of$'
astray --cpu-model max
has_status 125
has_output ''
grep -q 'genesis: unruly: exception 13 (Branch Target), ' "$work/log" || { fail "that was no Branch Target exception"; cat "$work/log"; }

note "the console"
head -c 300000 /dev/urandom >"$work/bytes"
tessera run --arch aarch64 --cpu-model cortex-a72 --timeout 60 --system "$root/systems/echo.toml" <"$work/bytes"
has_status 0
has_no_errors
same_file "$work/bytes" "$work/out"

note "the console without messages"
qemu_with virt,gic-version=3,its=off
TESSERA_QEMU=$work/qemu tessera run --arch aarch64 --timeout 60 --system "$root/systems/echo.toml" <"$work/bytes"
has_status 0
same_file "$work/bytes" "$work/out"

note "three nodes"
tessera run --arch aarch64 --cpus 2 --numa 3 --timeout 60 --log "$work/log" --system "$root/systems/echo.toml" <"$work/bytes"
has_status 0
same_file "$work/bytes" "$work/out"
log_like() { grep -qE -e "$1" "$work/log" || { fail "no line of the log is like: $1"; cat "$work/log"; }; }
log_like '] nucleus: the core with affinity 0x1 is on node 1, its memory on node 1'
log_like '] genesis: node 0: [0-9]{5} KiB free, cores 0, distances 10 20 30'
log_like '] genesis: node 2: [0-9]{5} KiB free, cores none, distances 30 20 10'
log_like '] genesis: console has 4096 KiB of node 0'

note "the time of day"
tessera run --arch aarch64 --icount --timeout 60 --config tell=time --system "$root/systems/echo.toml" </dev/null
has_status 0
output_like '^it is 17672256[0-9]{2} seconds since 1970$'  # the machine's clock begins with 2026

note "guests"
for cpus in 1 2; do
  tessera run --arch aarch64 --cpu-model cortex-a72 --cpus $cpus --timeout 60 --system "$root/systems/visitor.toml" </dev/null
  has_status 0
  has_no_errors
  has_output $'protected view: 0 wrong\nshared view: 0 wrong\nall of this is as it should be'
done

note "a storm"
tessera run --arch aarch64 --icount --timeout 200 --config calls=40000 --system "$root/systems/storm.toml" </dev/null
has_status 0
has_no_errors
output_like '^seed 1: nothing broke in [0-9]+ calls$'

note "a storm on four cores"
tessera run --arch aarch64 --cpus 4 --timeout 200 --config calls=40000 --config seed="${TESSERA_SEED:-1}" --system "$root/systems/storm.toml" </dev/null
has_status 0
output_like "^seed ${TESSERA_SEED:-1}: nothing broke in [0-9]+ calls\$"

note "the benchmark's rows"
tessera run --arch aarch64 --icount --timeout 200 --system "$root/systems/bench.toml" </dev/null
has_status 0
output_like '^ipc-0-words'
output_like '^timer-to-waiter'

note "from EL2"
for controller in 2 3; do
  qemu_with virt,gic-version=$controller,virtualization=on
  TESSERA_QEMU=$work/qemu tessera run --arch aarch64 --cpus 2 --timeout 60 --system "$root/systems/tenants.toml" </dev/null
  has_status 0
  has_no_errors
done

note "GICv2"
qemu_with virt,gic-version=2
for cpus in 1 4; do
  for system in tenants visitor; do
    TESSERA_QEMU=$work/qemu tessera run --arch aarch64 --cpus $cpus --timeout 60 --system "$root/systems/$system.toml" </dev/null
    has_status 0
    has_no_errors
    output_like '^all of this is as it should be$'
  done
  TESSERA_QEMU=$work/qemu tessera run --arch aarch64 --cpus $cpus --timeout 60 --system "$root/systems/echo.toml" <"$work/bytes"
  has_status 0
  same_file "$work/bytes" "$work/out"
done
truncate -s 4M "$work/disk"
for kind in virtio nvme ahci; do
  . "$(dirname "$0")/disk_kind.sh" $kind
  sed "s/\"virtio-blk\"/\"$program\"/;s/pci:1af4:1042/$device/" "$root/systems/block.toml" >"$work/system.toml"
  TESSERA_QEMU=$work/qemu tessera run --arch aarch64 --timeout 60 --log "$work/log" --disk "$work/disk,$kind" --system "$work/system.toml" </dev/null
  has_status 0
  output_like 'all is as it was written'
  grep -q 'nothing interrupts' "$work/log" && fail "$kind does not interrupt"
done

# qemu_with_tree MACHINE EDIT: with the machine's own tree, which sed changed.
qemu_with_tree() {
  printf '#!/bin/bash\nmachine=%q edit=%q\n' "$1" "$2" >"$work/qemu"
  cat >>"$work/qemu" <<'END'
set -- "${@/virt,gic-version=3/$machine}"
tree=$0.tree
qemu-system-aarch64 "${@/$machine/$machine,dumpdtb=$tree}" >&2 </dev/null
LC_ALL=C sed -i "$edit" "$tree"
# Without the room behind its strings, which QEMU would double: `totalsize` is the second word.
field() { od -An -tu4 --endian=big -j"$1" -N4 "$tree" | tr -d ' '; }
end=$(($(field 12) + $(field 32)))
truncate -s "$end" "$tree"
printf '%08x' "$end" | sed 's/../\\x&/g' | xargs -0 printf '%b' | dd of="$tree" bs=1 seek=4 conv=notrunc status=none
exec qemu-system-aarch64 "$@" -dtb "$tree"
END
  chmod +x "$work/qemu"
}

# refused LINE: what the machine says, and nothing else.
refused() {
  TESSERA_QEMU=$work/qemu tessera run --arch aarch64 --timeout 60 --system "$root/systems/tenants.toml" </dev/null
  has_status 125
  errors_like "$1"
  one_error_line
}

note "an interrupt controller that is not known"
qemu_with_tree virt,gic-version=2 's/arm,cortex-a15-gic/arm,cortex-a99-gic/'
refused 'no interrupt controller that this nucleus knows'

note "a damaged device tree"
qemu_with_tree virt,gic-version=3 's/....\(arm,pl031\)/\xff\xff\xff\xff\1/'  # a property whose name is behind all names
refused 'the device tree is damaged'

note "no device tree"
cat >"$work/qemu" <<'END'
#!/bin/bash
# The image as bytes, entered as they are: nobody says where a tree is.
words=()
while (($#)); do
  case $1 in
    -kernel) words+=(-device "loader,file=$2,addr=0x40200000,force-raw=on,cpu-num=0") && shift ;;
    -initrd | -append) shift ;;
    *) words+=("$1") ;;
  esac
  shift
done
exec qemu-system-aarch64 "${words[@]}"
END
chmod +x "$work/qemu"
refused 'no device tree'

note "no such architecture"
tessera run --arch arm </dev/null
has_status 125
errors_like 'takes x86_64 or aarch64'
finish
