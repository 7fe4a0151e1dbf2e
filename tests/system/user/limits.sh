#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a manifest limits a component to: seen by its programs, kept, and survived.
. "$(dirname "$0")/../../support/check.sh"
root=$(cd "$(dirname "$0")/../../.." && pwd)
sed 's/^memory *= "80%"/memory = "24M"\ncpu = "25%"\nprocesses = 12\ndescriptors = 16/' "$root/systems/shell.toml" >"$work/limited.toml"
limited() { tessera run --timeout 120 --system "$work/limited.toml" "$@" </dev/null; }

note "the limits that programs see"
limited -- sh -c 'ulimit -u; ulimit -n; cat /proc/sys/kernel/threads-max /proc/sys/fs/nr_open
awk "/MemTotal/ { print (\$2 <= 24 * 1024) }" /proc/meminfo'
has_status 0
has_output $'12\n16\n12\n16\n1'

note "one process too many"
limited -- sh -c '(for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14; do sleep 1000 >/dev/null 2>&1 & done) 2>/tmp/errors; grep -o "can.t fork.*" /tmp/errors; killall sleep; sleep 0.1; echo still here'
has_status 0
has_output $'can\'t fork: Resource temporarily unavailable\nstill here'

note "one descriptor too many, also for root"
limited -- sh -c 'ulimit -n 17; for i in 3 4 5 6 7 8 9; do eval "exec $i</dev/null"; done
exec 9<&-; sh -c "exec 15</dev/null && echo in && exec 16</dev/null" 2>&1 | grep -v "^sh: .*16"; ls /proc/self/fd | wc -l'
output_like '^in$'

note "more memory than there is"
limited -- sh -c 'tail /dev/zero; echo $?; echo still here'
has_output $'137\nstill here'

# By the instruction clock, which does not depend on how busy this machine is.
note "a share of the processor"
limited --icount -- sh -c 'sh -c "i=0; while [ \$i -lt 30000 ]; do i=\$((i+1)); done"; cat /proc/uptime; times' | tail -3
has_status 0
used=$(awk 'NR == 3 { split($1, t, /[ms]/); print t[1] * 60 + t[2] }' "$work/out")
passed=$(awk 'NR == 1 { print $1 }' "$work/out")
echo "used $used s in $passed s"
awk "BEGIN { exit !($used / $passed < 0.27 && $used / $passed > 0.15) }" || fail "a quarter of a core was asked for"

note "limits that make no sense"
for line in 'cpu = "0%"' 'cpu = "6401%"' 'cpu = "x"' 'processes = 1' 'descriptors = 3' 'processes = 40000'; do
  sed "s/^memory *= \"80%\"/&\n$line/" "$root/systems/shell.toml" >"$work/bad.toml"
  tessera run --system "$work/bad.toml" -- true </dev/null
  has_status 125
  errors_like "bad\.toml:[0-9]+:[0-9]+: "
done
finish
