#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Help, --dry-run and what is said about a wrong command line or manifest.
. "$(dirname "$0")/../../support/check.sh"
root=$(cd "$(dirname "$0")/../../.." && pwd)

note "help"
tessera --help </dev/null
has_status 0
has_no_errors
output_like '^usage: ./tessera COMMAND'
tessera run --help </dev/null
has_status 0
has_no_errors
for option in --memory --cpus --add --timeout --boot --log --icount --cpu-model --gdb --gdb-port --view --disk --dry-run; do
  output_like "^ +$option( |\$)"
done

"$TESSERA" bench --help >"$work/bench" </dev/null
for option in --filter --quick --wall --size --json --compare; do
  grep -q "^ *$option " "$work/bench" || fail "bench --help does not tell of $option"
done

note "test"
tessera test --bogus </dev/null
has_status 125
has_no_output
one_error_line
errors_like 'there is no option --bogus'
tessera test --rerun-faild </dev/null
one_error_line
errors_like 'did you mean --rerun-failed'
tessera test command_line </dev/null
has_status 125
one_error_line
tessera test -R </dev/null
has_status 125
one_error_line
tessera test -N -R 'user\.command_line$' </dev/null
has_status 0
output_like 'Total Tests: 1$'
tessera test -N -- --tests-regex 'user\.command_line$' </dev/null
has_status 0
output_like 'Total Tests: 1$'

note "--dry-run"
tessera run --dry-run --memory 64M --cpus 2 -- true </dev/null
has_status 0
output_like '^qemu-system-x86_64 .*-m 64M .*-smp 2'

note "--disk"
truncate -s 1M "$work/disk"
tessera run --dry-run --disk "$work/disk,readonly" -- true </dev/null
has_status 0
output_like "readonly=on,file=$work/disk -device virtio-blk-pci"
truncate -s 1000 "$work/odd"
for words in "$work/none" "$work" "$work/odd" "$work/disk,sata" "$work/disk,driver=x" ",readonly"; do
  tessera run --disk "$words" -- true </dev/null
  has_status 125
  has_no_output
  one_error_line
done
tessera run --disk "$work/disk" --system "$root/systems/bench.toml" </dev/null
has_status 125
one_error_line
errors_like 'is native: --disk'

note "unknown command and option"
tessera rum </dev/null
has_status 125
has_no_output
one_error_line
errors_like "did you mean .*run"
tessera run --memroy 64M -- true </dev/null
has_status 125
one_error_line
errors_like "did you mean --memory"
for words in "--boot floppy" "--memory" "--cpus 0" "--add /etc/passwd" "true" "--" "--console x"; do
  # shellcheck disable=SC2086
  tessera run $words </dev/null
  has_status 125
  has_no_output
  one_error_line
done

manifest() { cat >"$work/system.toml"; tessera run --system "$work/system.toml" -- true </dev/null; }

note "a manifest with an unknown key"
sed 's/^hostname/hostnam/' "$root/systems/shell.toml" | manifest
has_status 125
errors_like "system\.toml:[0-9]+:[0-9]+: .*hostnam"

note "a manifest with an unknown component"
sed 's/^needs .*/needs = ["consol"]/' "$root/systems/shell.toml" | manifest
has_status 125
errors_like "system\.toml:[0-9]+:[0-9]+: .*consol"

note "a manifest with a cycle"
sed 's/^restart = "always"/restart = "always"\nneeds = ["linux"]/' "$root/systems/shell.toml" | manifest
has_status 125
errors_like "system\.toml:[0-9]+:[0-9]+: .*(cycle|each other|itself)"

note "a manifest that is not TOML"
printf '[system\nname = ' | manifest
has_status 125
errors_like "system\.toml:[0-9]+:[0-9]+: "

note "a manifest that is not there"
tessera run --system "$work/none.toml" -- true </dev/null
has_status 125
one_error_line

finish
