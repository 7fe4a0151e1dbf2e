#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Machines with several nodes: who gets memory of which node, by the log; nodes of odd
# shapes, tables that are not believed.
. "$(dirname "$0")/../../support/check.sh"
root=$(cd "$(dirname "$0")/../../.." && pwd)
log=$work/log

log_like() { grep -qE -e "$1" "$log" || { fail "no line of the log is like: $1"; grep -E 'node|table' "$log"; }; }
log_unlike() { ! grep -qE -e "$1" "$log" || fail "the log has: $(grep -E -e "$1" "$log")"; }
# boots OPTIONS...: the machine runs a program that sees one node with all of its memory.
boots() {
  : >"$log"
  tessera run --timeout 60 --log "$log" "$@" -- sh -c 'head -c 9000000 /dev/zero >/tmp/x; wc -c </tmp/x; cat /sys/devices/system/node/online
    awk "/MemTotal/ { print \$2 }" /proc/meminfo >/tmp/all; awk "/MemTotal/ { print \$4 }" /sys/devices/system/node/node0/meminfo | cmp - /tmp/all' </dev/null
  has_status 0
  has_output $'9000000\n0'
  sed -i 's/\r$//' "$log"
}
# qemu_with WORDS...: QEMU gets these words, too.
qemu_with() {
  printf '#!/bin/bash\nexec qemu-system-x86_64 "$@" %s\n' "$*" >"$work/qemu"
  chmod +x "$work/qemu"
  export TESSERA_QEMU=$work/qemu
}
ram() { echo "-object memory-backend-ram,id=m$1,size=$2"; }

note "one node"
boots --cpus 2
log_unlike 'node'

note "two nodes"
boots --cpus 2 --numa 2
log_like '] nucleus: the core with APIC number 1 is on node 1, its memory on node 1$'
log_like '] genesis: node 0: 1[0-9]{5} KiB free, cores 0, distances 10 20$'
log_like '] genesis: node 1: 1[0-9]{5} KiB free, cores .*, distances 20 10$'
log_like '] genesis: console has 4096 KiB of node 0$'
log_unlike 'console has .* node 1'
# Four fifths of the memory: no node has that.
log_like '] genesis: linux has [0-9]{5,6} KiB of node 0$'
log_like '] genesis: linux has [0-9]{5,6} KiB of node 1$'

for way in bios uefi; do
  note "two nodes by $way"
  boots --cpus 2 --numa 2 --boot "$way"
  log_like '] nucleus: the core with APIC number 1 is on node 1, its memory on node 1$'
  log_like '] genesis: node 1: [0-9]* KiB free, cores .*, distances 20 10$'
done

note "four nodes, two of them without a core"
boots --cpus 2 --numa 4 --memory 512M
log_like '] nucleus: the core with APIC number 1 is on node 2, its memory on node 2$'
log_like '] genesis: node 0: .*, distances 10 20 30 40$'
log_like '] genesis: node 3: .* cores none, distances 40 30 20 10$'
[ "$(grep -c 'linux has' "$log")" = 4 ] || { fail "the personality has not memory of all four"; grep 'has' "$log"; }

note "sixteen nodes"
boots --cpus 16 --numa 16 --memory 512M
log_like '] nucleus: the core with APIC number 15 is on node 15, its memory on node 15$'
log_like '] genesis: node 15: .*, distances 160 150 140 130 120 110 100 90 80 70 60 50 40 30 20 10$'

note "a share that one node has is of one node"
sed 's/^memory   = "80%"/memory   = "40%"/' "$root/systems/shell.toml" >"$work/forty.toml"
boots --cpus 2 --numa 2 --system "$work/forty.toml"
[ "$(grep -c 'linux has' "$log")" = 1 ] || { fail "40% is of several nodes"; grep 'has' "$log"; }

note "a node of the manifest's choice"
sed 's/^memory   = "80%"/memory = "50%"\nnode = 1/' "$root/systems/shell.toml" >"$work/chosen.toml"
boots --cpus 2 --numa 2 --system "$work/chosen.toml"
log_like '] genesis: linux has [56][0-9]{4} KiB of node 1$'
log_unlike 'linux has .* node 0'
tessera run --timeout 60 --system "$work/chosen.toml" -- true </dev/null
has_status 125
errors_like "linux is to be on node 1: this machine's last node is 0"
sed 's/^memory   = "80%"/memory = "150M"\nnode = 1/' "$root/systems/shell.toml" >"$work/big.toml"
tessera run --timeout 60 --numa 2 --system "$work/big.toml" -- true </dev/null
has_status 125
errors_like 'not enough memory on node 1 for linux: it wants 153600 KiB'

note "a node without memory"
qemu_with "$(ram 0 256M)" -numa node,nodeid=0,cpus=0,memdev=m0 -numa node,nodeid=1,cpus=1
boots --cpus 2
log_like '] nucleus: the core with APIC number 1 is on node 1, its memory on node 0$'
log_like '] genesis: node 1: 0 KiB free, '
log_unlike 'has .* of node 1'

note "the first core is on a node without memory"
qemu_with "$(ram 0 200M)" "$(ram 1 56M)" -numa node,nodeid=0,cpus=0 -numa node,nodeid=1,cpus=1,memdev=m0 -numa node,nodeid=2,memdev=m1 \
  -numa dist,src=0,dst=1,val=90 -numa dist,src=0,dst=2,val=50 -numa dist,src=1,dst=2,val=40
boots --cpus 2
log_like '] genesis: node 0: 0 KiB free, cores 0, distances 10 90 50$'
log_like '] genesis: console has 4096 KiB of node 2$'  # the nearest

note "a node without a core, and distances that differ by direction"
qemu_with "$(ram 0 100M)" "$(ram 1 156M)" -numa node,nodeid=0,cpus=0-1,memdev=m0 -numa node,nodeid=1,memdev=m1 \
  -numa dist,src=0,dst=1,val=42 -numa dist,src=1,dst=0,val=77
boots --cpus 2
log_like '] nucleus: the core with APIC number 1 is on node 0, its memory on node 0$'
log_like '] genesis: node 0: .*, distances 10 42$'
log_like '] genesis: node 1: .* cores none, distances 77 10$'

note "tables that are not believed"
not_believed() {
  printf "$2" >"$work/table"
  qemu_with -acpitable "sig=$1,rev=3,data=$work/table" "${@:4}"
  boots --cpus 2
  log_like "$3"
}
srat_head="$(printf '\\0%.0s' {1..12})"
one_node=': the machine is taken as one node$'
not_believed SRAT 'short' "\(SRAT\) is too short$one_node"
not_believed SRAT "$srat_head" "\(SRAT\) leaves out RAM$one_node"
not_believed SRAT "$srat_head"'\1\50' "\(SRAT\) is damaged$one_node"
not_believed SRAT "$srat_head"'\0\20\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\20\1\0\1\0\0\0\0\0\0\0\0\0\0\0' "\(SRAT\) has a core twice$one_node"
log_unlike 'genesis: node'

finish
