#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Linux programs of Debian's arm64 packages on AArch64, in both views, alone and on
# several cores; and programs that are for another machine.
. "$(dirname "$0")/../../support/check.sh"
limit=200
command -v qemu-system-aarch64 >/dev/null || { echo "qemu-system-arm is not installed"; exit 77; }
guests=${GUEST_PROGRAMS/programs\/guest/programs/aarch64/guest}
arm() { tessera run --arch aarch64 --timeout 120 "$@"; }

note "busybox"
for view in shared protected; do
  arm --view $view -- sh -c 'uname -m; echo hello | sha256sum; (exit 7); echo $?; exit 3' </dev/null
  has_status 3
  has_no_errors
  has_output $'aarch64\n5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03  -\n7'
done

note "streams"
printf 'one\ntwo\n' >"$work/in"
arm --cpus 2 -- sh -c 'sort -r | cat; echo wrong >&2; kill -TERM $$' <"$work/in"
has_status 143
output_like '^two$'
errors_like '^wrong$'

note "signals"
arm -- sh -c 'trap "echo got" USR1; kill -USR1 $$; sleep 5 & kill %1; wait %1; echo $?; sleep 0.1; date +%Y' </dev/null
has_status 0
output_like '^got$'
output_like '^143$'

note "dynamic programs"
arm --package bash,python3,perl --memory 512M --cpus 2 -- bash -c 'echo ${BASH_VERSION%%.*} | tr 0-9 n
python3 -c "import threading, platform, struct
t = threading.Thread(target=print, args=(2**100,)); t.start(); t.join()
print(platform.machine(), struct.unpack(\"d\", struct.pack(\"d\", 1/3))[0] * 3)"
perl -e "fork or exit 3; wait; print \$?>>8, qq(\n)"
for i in 1 2 3 4; do sh -c "exit $i" & done; wait; bash -c "kill -SEGV \$\$"; echo $?' </dev/null
has_status 0
has_output $'n\n1267650600228229401496703205376\naarch64 1.0\n3\n139' || show

note "the processor's features"
for cpu in cortex-a53 cortex-a72 neoverse-n1 max; do
  arm --cpu-model $cpu --add "$guests/conformance:/opt/conformance" -- sh -c '/opt/conformance exec | grep capabilities
    grep -m1 Features /proc/cpuinfo; grep -m1 part /proc/cpuinfo; head -c 100000 /dev/zero | sha256sum' </dev/null
  has_status 0
  output_like '^ok exec.capabilities$'
  output_like '^Features	: fp asimd .*cpuid'
  output_like '^9192c25b734fcbadbe32dadc28089c60db0e39f90cc20ce2e5733f57261acc0c '
done

note "GICv2"
printf '#!/bin/bash\nset -- "${@/virt,gic-version=3/virt,gic-version=2}"\nexec qemu-system-aarch64 "$@"\n' >"$work/qemu"
chmod +x "$work/qemu"
for cpus in 1 4; do
  TESSERA_QEMU=$work/qemu arm --cpus $cpus -- sh -c 'for i in 1 2 3 4 5 6 7 8; do (echo $i | sha256sum; sleep 0.1) & done | sort | sha256sum; wait; nproc' </dev/null
  has_status 0
  output_like "^$cpus\$"
done
TESSERA_QEMU=$work/qemu arm --cpus 4 --memory 512M --add "$guests:/opt/tests" -- /opt/tests/conformance </dev/null
has_status 0
output_like '^[0-9]{3} tests, 0 failed$'

note "exceptions"
arm --add "$guests:/opt/tests" -- sh -c 'for one in breakpoint illegal privileged scalable misaligned-jump misaligned-exclusive null kernel-read stack; do
  (/opt/tests/fault $one) 2>/dev/null; echo $one $?; done' </dev/null
has_status 0
for line in 'breakpoint 133' 'illegal 132' 'privileged 132' 'scalable 132' 'misaligned-jump 135' 'misaligned-exclusive 135' 'null 139' \
  'kernel-read 139' 'stack 139'; do
  output_like "^$line\$"
done

note "a core file"
mkdir "$work/cores"
arm --core "$work/cores" -- sh -c 'ulimit -c unlimited; kill -SEGV $$' </dev/null
has_status 139
core=$(find "$work/cores" -type f)
[ "$(od -An -tu2 -j18 -N2 "$core" | tr -d ' ')" = 183 ] || fail "the core file is not AArch64's"

note "programs of another machine"
arm "${GUEST_PROGRAMS}/exec-errno" </dev/null
has_status 125
errors_like 'it is for another kind of machine, not AArch64'
one_error_line
arm --add "$GUEST_PROGRAMS/ids:/opt/other" --add "$guests/exec-errno:/opt/exec-errno" -- /opt/exec-errno /opt/other </dev/null
has_status 0
has_output 'other: Exec format error'
finish
