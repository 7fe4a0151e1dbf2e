#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A corrupt bundle: one clear line, status 125. QEMU is a wrapper here that spoils the
# bundle before it starts the real one (TESSERA_QEMU names the program).
. "$(dirname "$0")/../../support/check.sh"

cat >"$work/qemu" <<'END'
#!/bin/bash
words=("$@")
for ((i = 0; i < ${#words[@]}; ++i)); do
  if [ "${words[i]}" = -initrd ]; then
    cp "${words[i + 1]}" "$SPOILT"
    bash -c "$SPOIL" spoil "$SPOILT"
    words[i + 1]=$SPOILT
  fi
done
exec qemu-system-x86_64 "${words[@]}"
END
chmod 755 "$work/qemu"
export TESSERA_QEMU=$work/qemu SPOILT=$work/bundle

spoil() {
  note "$1"
  SPOIL=$2 tessera run --timeout 60 -- echo never </dev/null
  has_status 125
  has_no_output
  one_error_line
  errors_like 'tessera: .*[a-z]'
  cat "$work/err"
}
export SPOIL
poke() { echo "printf '$2' | dd of=\"\$1\" bs=1 seek=$1 conv=notrunc status=none"; }

SPOIL=:
note "the wrapper itself does no harm"
tessera run --timeout 60 -- echo fine </dev/null
has_output fine

spoil "empty" ': >"$1"'
spoil "cut off in the header" 'truncate -s 20 "$1"'
spoil "cut off in the entries" 'truncate -s 100 "$1"'
spoil "cut off in the contents" 'truncate -s 200000 "$1"'
spoil "magic" "$(poke 0 X)"
spoil "version" "$(poke 8 '\377')"
spoil "number of entries" "$(poke 12 '\377\377\377\177')"
spoil "total size" "$(poke 16 '\377\377\377\377\377\377\377\177')"
spoil "hash of the entries" "$(poke 24 '\001\002\003\004\005\006\007\010')"
spoil "an entry's offset" "$(poke 80 '\377\377\377\377')"
spoil "contents" 'dd if=/dev/urandom of="$1" bs=4096 seek=2 count=4 conv=notrunc status=none'
spoil "random bytes" 'head -c 100000 /dev/urandom >"$1"'

finish
