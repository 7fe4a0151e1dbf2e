#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Disks that are not on the first bus, and disks of another vendor: their drivers find them by their class, and get their interrupts.
. "$(dirname "$0")/../../support/check.sh"
root=$(cd "$(dirname "$0")/../../.." && pwd)

# What is put before the disk (BEFORE, words), and what is put behind its own word (BEHIND, "" or ",KEY=VALUE"...).
cat >"$work/qemu" <<'END'
#!/bin/bash
words=() arm='' before=($BEFORE)
for word in "$@"; do
  [[ $word == virt* && $word == *gic* ]] && arm=1
  case $word in
    *-blk-pci,*drive=disk0,* | nvme,*drive=disk0,* | ich9-ahci,id=ahci0*)
      unset 'words[-1]'
      words+=("${before[@]}" -device "$word$BEHIND")
      ;;
    *) words+=("$word") ;;
  esac
done
exec "qemu-system-$([ -n "$arm" ] && echo aarch64 || echo x86_64)" "${words[@]}"
END
chmod +x "$work/qemu"

# KIND BEFORE BEHIND
check() {
  local program=$1 device=pci:class:010802
  case $1 in
    virtio) program=virtio-blk device=pci:1af4:1042 ;;
    ahci) device=pci:class:010601 ;;
  esac
  truncate -s 4M "$work/disk"
  sed -e "s/\"virtio-blk\"/\"$program\"/;s/pci:1af4:1042/$device/" "$root/systems/block.toml" >"$work/system.toml"
  BEFORE=$2 BEHIND=$3 TESSERA_QEMU="$work/qemu" tessera run --timeout 90 --log "$work/log" --system "$work/system.toml" --disk "$work/disk,$1" </dev/null
  has_status 0
  output_like 'all is as it was written'
  grep -q 'nothing interrupts' "$work/log" && fail "the device does not interrupt"
  rm "$work/disk"
}

port='-device pcie-root-port,id=root0,chassis=1'
note "behind a root port"
check virtio "$port" ",bus=root0"
note "behind a switch, as the second of two root ports"
check nvme "-device pcie-root-port,id=empty,chassis=2 $port -device x3130-upstream,id=up,bus=root0 -device xio3130-downstream,id=first,bus=up,chassis=3
  -device xio3130-downstream,id=down,bus=up,chassis=4" ",bus=down"
note "behind a bridge of conventional PCI"
check ahci "-device pci-bridge,id=old,chassis_nr=5" ",bus=old,addr=2"
note "behind a bridge from PCI Express to conventional PCI, behind a root port"
check virtio "$port -device pcie-pci-bridge,id=old,bus=root0" ",bus=old,addr=3"
note "a disk of another vendor"
check nvme "" ",use-intel-id=on"
finish
