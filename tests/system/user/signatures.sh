#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Drivers whose program is not what was signed do not run, and the rest of the system does. QEMU is a wrapper here that
# spoils the bundle before it starts the real one.
. "$(dirname "$0")/../../support/check.sh"
root=$(cd "$(dirname "$0")/../../.." && pwd)
: "${SPOIL_BUNDLE:?path of spoil-bundle}"
export XDG_RUNTIME_DIR=$work

cat >"$work/qemu" <<'END'
#!/bin/bash
words=("$@")
program=qemu-system-x86_64
for ((i = 0; i < ${#words[@]}; ++i)); do
  [[ ${words[i]} == virt* && ${words[i]} == *gic* ]] && program=qemu-system-aarch64
  if [ "${words[i]}" = -initrd ]; then
    cp "${words[i + 1]}" "$SPOILT"
    bash -c "$SPOIL" spoil "$SPOILT" || exit 1
    words[i + 1]=$SPOILT
  fi
done
exec "$program" "${words[@]}"
END
chmod 755 "$work/qemu"
export TESSERA_QEMU=$work/qemu SPOILT=$work/bundle SPOIL_BUNDLE

# Beside the shell: a driver, and one with another program in its place.
cat "$root/systems/shell.toml" - >"$work/system.toml" <<'END'

[component.dark]
program = "virtio-rng"
memory  = "64K"
grants  = { "device" = ["pci:1af4:1044"], "log" = true }

[component.lamp]
program  = "virtio-rng"
fallback = "nvme"
memory   = "64K"
grants   = { "device" = ["pci:1af4:1044#1"], "log" = true }
END

spoilt() { SPOIL=$1 tessera run --timeout 60 --log "$work/log" --system "$work/system.toml" "${@:2}" -- echo fine </dev/null; }
given_up() { grep -q "genesis: $1" "$work/log" || { fail "no line: $1"; grep genesis "$work/log"; }; }
trusted() { grep -qE 'genesis: .*(sign|key)' "$work/log" && { fail "a signature is wrong"; grep genesis "$work/log"; }; }

note "nothing is wrong"
spoilt :
has_status 0
has_output fine
trusted

note "a bit of a program"
spoilt '"$SPOIL_BUNDLE" "$1" virtio-rng "" 3000'
has_status 0
has_output fine
given_up 'dark: given up: the signature of its program is wrong'
given_up 'lamp: virtio-rng was given up: the signature of its program is wrong; now nvme'
[ "$(grep -c 'signature' "$work/log")" = 2 ] || fail "not one line for each"

note "a bit of a signature"
spoilt '"$SPOIL_BUNDLE" "$1" signatures virtio-rng 103'
has_output fine
given_up 'dark: given up: the signature of its program is wrong'

note "no signature"
spoilt '"$SPOIL_BUNDLE" "$1" signatures virtio-rng 0'
has_output fine
given_up 'dark: given up: its program is not signed'

note "a driver that the system stands on"
spoilt '"$SPOIL_BUNDLE" "$1" console "" 3000'
has_status 125
errors_like 'console, which linux needs: the signature of its program is wrong'

note "another key in the manifest"
spoilt '"$SPOIL_BUNDLE" "$1" manifest "$(printf "\nkey\t")" 5'
has_status 125
errors_like 'console, which linux needs: .*(signature|key)'

note "a key of one's own"
head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n' >"$work/key"
spoilt : --signing-key "$work/key"
has_output fine
trusted
echo x >"$work/bad-key"
TESSERA_SIGNING_KEY="$work/bad-key" tessera run --timeout 60 -- echo never </dev/null
has_status 125
errors_like 'bad-key is no signing key'

note "what the operator sees"
mkfifo "$work/input"
SPOIL='"$SPOIL_BUNDLE" "$1" virtio-rng "" 3000' timeout -k 5 100 "$TESSERA" run --timeout 90 --system "$work/system.toml" -- sh -c 'echo begun; read line' \
  <"$work/input" >"$work/machine.out" 2>&1 &
machine=$!
exec 7>"$work/input"
until grep -q begun "$work/machine.out"; do
  kill -0 $machine 2>/dev/null || { cat "$work/machine.out"; fail "the machine ended"; finish; }
  read -rt 0.1 <> <(:) || :
done
tessera ps
has_status 0
output_like '^dark +stopped .* 0 +64 K +virtio-rng +the signature of its program is wrong$'
tessera start dark
has_status 125
errors_like "'dark' did not start"
exec 7>&-
wait $machine

finish
