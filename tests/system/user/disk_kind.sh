# SPDX-License-Identifier: Apache-2.0
# For tests of one kind of disk, which is their first argument: `kind`, its driver's `program`, and `device` as a manifest
# grants it.
# shellcheck shell=bash
kind=${1:-virtio}
case $kind in
  virtio) program=virtio-blk device=pci:1af4:1042 ;;
  nvme) program=nvme device=pci:class:010802 ;;
  ahci) program=ahci device=pci:class:010601 ;;
  *) echo "no kind of disk: $kind"; exit 2 ;;
esac
