#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What differs between architectures is chosen by include path: outside of the folders
# arch/ nothing asks the preprocessor which one it is. Usage: architecture_split.sh ROOT
set -eu
cd "$1"
asks='^[[:space:]]*#[[:space:]]*(if|ifdef|ifndef|elif|elifdef).*(x86_64|i386|amd64|aarch64|__arm|__riscv)'
found=$(grep -rnE "$asks" kernel lib components abi --include='*.[chS]' --include='*.[ch]pp' --include='*.inc' | grep -v '/arch/' || true)
# The search itself: it must find one where one is.
printf '#ifdef __x86_64__\n' | grep -qE "$asks" || { echo "the search finds nothing"; exit 1; }
[ -z "$found" ] && exit 0
echo "asks the preprocessor for the architecture outside of arch/:" >&2
echo "$found" >&2
exit 1
