#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# boot_ways.sh pvh|bios|uefi: the same program by each way to boot.
. "$(dirname "$0")/../../support/check.sh"
way=$1

note "--boot $way"
head -c 100000 /dev/urandom >"$work/file"
tessera run --timeout 90 --boot "$way" -- sh -c 'cat; echo err >&2; exit 9' <"$work/file"
has_status 9
has_errors err
same_file "$work/file" "$work/out"

note "--boot $way in the shared view, with another amount of memory"
tessera run --timeout 90 --boot "$way" --view shared --memory 512M -- sh -c 'ls / | grep -c bin' </dev/null
has_status 0
has_output 2

finish
