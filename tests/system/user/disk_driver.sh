#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A disk's driver and a client (components/drivers): what the client wrote is in the image file, also where the
# driver was killed again and again.
. "$(dirname "$0")/../../support/check.sh"
. "$(dirname "$0")/disk_kind.sh"
root=$(cd "$(dirname "$0")/../../.." && pwd)
bytes=1048576
seed=1099511627776  # beyond what round and offset have, so that a sum is an xor

# [SED COMMAND]...: the manifest with the driver of this kind, and other settings.
manifest() {
  local commands=(-e "s/\"virtio-blk\"/\"$program\"/;s/pci:1af4:1042/$device/")
  for command in "$@"; do commands+=(-e "$command"); done
  sed "${commands[@]}" "$root/systems/block.toml" >"$work/system.toml"
}
driver() { echo "s/^memory   = \"2M\"/memory = \"2M\"\nconfig = { $1 }/"; }
client() { echo "s/^restart  = \"never\"/restart = \"never\"\nconfig = { seed = \"$seed\", rounds = \"$1\", bytes = \"$bytes\" }/"; }
check() { tessera run --timeout 100 --log "$work/log" --system "$work/system.toml" "$@" </dev/null; }

# ROUND: each 512 bytes of the range say that it was written last in this round.
written_in() {
  od -An -v -tu8 -w512 -N "$bytes" "$work/disk" | awk -v S="$seed" -v R="$1" '
    { want = (NR - 1) * 512; if ($1 != S || $2 != R || $3 != want) bad++; for (i = 4; i <= 64; i++) if ($i != S + R + want) bad++ }
    END { exit NR != 2048 || bad != 0 }' || fail "the image does not have what was written"
}

truncate -s 4M "$work/disk"

note "written, read, compared"
manifest "$(client 3)"
check --disk "$work/disk,$kind"
has_status 0
grep -q 'nothing interrupts' "$work/log" && fail "the device does not interrupt"
output_like 'refusals: all as they must be'
output_like 'discard: done'
output_like 'all is as it was written'
written_in 3

note "the driver fails at every 37th request"
manifest "$(client 4)" "$(driver 'weakness = "37"')"
check --disk "$work/disk,$kind"
has_status 0
output_like 'all is as it was written'
written_in 4
lives=$(grep -c 'genesis: blk: started again' "$work/log")
[ "$lives" -ge 5 ] || fail "the driver was started again $lives times only"

note "read-only"
cp "$work/disk" "$work/before"
# virtio's disk says so itself.
if [ "$kind" = virtio ]; then manifest "$(client 4)"; else manifest "$(client 4)" "$(driver 'read-only = "1"')"; fi
check --disk "$work/disk,$kind,readonly"
has_status 0
grep -q 'blk: 8192 sectors of 512 bytes, read-only' "$work/log" || fail "no word of a read-only disk"
same_file "$work/disk" "$work/before"

note "the second of two disks"
truncate -s 2M "$work/other"
manifest "$(client 5)" "s/$device/&#1/"
check --disk "$work/other,$kind" --disk "$work/disk,$kind"
has_status 0
written_in 5
[ -z "$(tr -d '\0' <"$work/other" | head -c 1)" ] || fail "the other disk was written"

# These drivers try again themselves; virtio's leaves that to its client.
if [ "$kind" != virtio ]; then
  note "the disk fails to read, to write and to flush, once each"
  cat >"$work/errors" <<'END'
[inject-error]
event = "read_aio"
errno = "5"
sector = "512"
once = "on"

[inject-error]
event = "write_aio"
errno = "5"
sector = "1024"
once = "on"

[inject-error]
event = "flush_to_disk"
errno = "5"
once = "on"
END
  # The machine as always, but for what is below its disk.
  cat >"$work/qemu" <<END
#!/bin/bash
words=()
for word in "\$@"; do
  [[ \$word == virt* && \$word == *gic* ]] && arm=1
  [[ \$word == if=none,id=disk0,* ]] &&
    word=if=none,id=disk0,driver=raw,file.driver=blkdebug,file.config=$work/errors,file.image.driver=file,file.image.filename=$work/disk
  words+=("\$word")
done
exec "qemu-system-\$([ -n "\${arm:-}" ] && echo aarch64 || echo x86_64)" "\${words[@]}"
END
  chmod +x "$work/qemu"
  manifest "$(client 7)"
  TESSERA_QEMU="$work/qemu" check --disk "$work/disk,$kind"
  has_status 0
  output_like 'all is as it was written'
  written_in 7
  [ "$kind" = nvme ] || [ "$(grep -c 'a queued command failed' "$work/log")" = 2 ] || fail "it noticed no errors"
fi

if [ "$kind" = nvme ]; then
  note "several queues"
  manifest "$(client 8)" "$(driver 'queues = "3"')"
  check --disk "$work/disk,$kind"
  has_status 0
  written_in 8
  grep -q 'blk: 3 queues, 3 interrupts' "$work/log" || fail "it has other queues"
fi

note "no disk"
manifest "$(client 5)"
check
has_status 1
output_like 'there is no disk'

finish
