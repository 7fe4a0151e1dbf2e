#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Two classes of one name in one namespace of one program are one to the linker, which takes either's functions for
# both: each name is defined once, or in an unnamed namespace. Usage: one_definition.sh ROOT
set -eu
cd "$1"

# "namespace name" of each class that FILE... defines at the outermost level of a named namespace.
definitions() {
  awk '
    FNR == 1 { space = ""; hidden = 0 }
    /^namespace [A-Za-z_:]+ \{/ { space = $2 }
    /^namespace \{/ { hidden = 1 }
    /^\}  \/\/ namespace$/ { hidden = 0 }
    !hidden && /^(class|struct|union) / && /\{/ && !/^(class|struct|union) [^{]*;/ {
      line = $0
      gsub(/\[\[[^]]*\]\] |alignas\([^)]*\) |[A-Z_][A-Z_][A-Z_][A-Z_]+(\([^)]*\))? /, "", line)
      split(line, words, / +/)
      if (words[2] !~ /</) print space, words[2]
    }' "$@"
}

twice() { sort | uniq -d; }

# The search itself: it must find one where one is.
[ "$(printf 'namespace a {\nclass B {\n};\nstruct C final : D {\n};\nclass B : X {\n};\n' | definitions /dev/stdin | twice)" = "a B" ] ||
  { echo "the search finds nothing"; exit 1; }

status=0
# A program each, with the libraries of all.
for program in kernel components/genesis components/linux components/fs components/drivers; do
  libraries=$([ $program = kernel ] || find lib -name '*.[ch]pp' ! -path '*/arch/*')
  # shellcheck disable=SC2046,SC2086
  found=$(definitions $(find $program -name '*.[ch]pp' ! -path '*/arch/*') $libraries | twice)
  [ -z "$found" ] && continue
  echo "$program has two definitions of:" >&2
  echo "$found" >&2
  status=1
done
exit $status
