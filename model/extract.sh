#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# model/extract.sh OUTPUT: the capability model as a program (executable/main.ml tells
# what it speaks), made anew when what it is made of has changed.
# Exit status: 0 it is there, 1 it cannot be made, 77 what that needs is not installed, 2 usage.
set -uo pipefail

(($# == 1)) || { echo 'usage: model/extract.sh OUTPUT' >&2; exit 2; }
output=$(realpath -m "$1")
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
modules=(Capability State Derivation Operations Extract)

for program in coqc ocamlopt; do
  command -v "$program" >/dev/null || { echo "extract: $program is not installed: there is no model to compare with" >&2; exit 77; }
done

sources=("${modules[@]/%/.v}" executable/main.ml extract.sh)
made_of=$(sha256sum "${sources[@]}"; coqc --version; ocamlopt -version)
[[ -x $output && -f $output.made-of && $(<"$output.made-of") == "$made_of" ]] && exit 0

# Beside the output, so that it appears at once, and whole.
mkdir -p "$(dirname "$output")" && work=$(mktemp -d "$output.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
cp "${modules[@]/%/.v}" executable/main.ml "$work"
make() {
  cd "$work" || return 1
  local name
  for name in "${modules[@]}"; do coqc -Q . Tessera "$name.v" || return 1; done
  # 3: what Coq 8.16 writes uses the old name of a module.
  ocamlopt -w -3 -inline 100 capability_model.mli capability_model.ml main.ml -o program
}
(make) >"$work/log" 2>&1 || { cat "$work/log" >&2; echo 'extract: the model cannot be made; see above' >&2; exit 1; }
mv "$work/program" "$output" && printf '%s\n' "$made_of" >"$work/made-of" && mv "$work/made-of" "$output.made-of"
