#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# --add puts files and directories of the host into the system.
. "$(dirname "$0")/../../support/check.sh"

head -c 300000 /dev/urandom >"$work/data"
mkdir -p "$work/tree/sub" "$work/tree/empty"
echo one >"$work/tree/a"
echo two >"$work/tree/sub/b"
ln -s sub/b "$work/tree/link"
printf '#!/bin/sh\necho "script $1"\nexit 6\n' >"$work/tree/run"
chmod 755 "$work/tree/run"
chmod 640 "$work/tree/a"
touch -d @1000000000 "$work/tree/a"

note "a file under a name"
tessera run --add "$work/data:/opt/new/name" -- cat /opt/new/name </dev/null
has_status 0
same_file "$work/data" "$work/out"

note "a file into a directory"
tessera run --add "$work/data:/root/" -- sha256sum data </dev/null
has_output "$(sha256sum <"$work/data" | cut -d' ' -f1)  data"

note "a directory"
tessera run --add "$work/tree:/tree" -- sh -c 'cd /tree; find . | sort; cat link; stat -c "%a %Y" a; ./run x' </dev/null
has_status 6
has_output $'.\n./a\n./empty\n./link\n./run\n./sub\n./sub/b\ntwo\n640 1000000000\nscript x'

note "several, and a program of ours"
tessera run --add "$work/tree/a:/one" --add="$work/tree/sub/b:/two" -- cat /one /two </dev/null
has_output $'one\ntwo'
tessera run --add "$work/tree/run:/usr/local/bin/mine" -- mine y </dev/null
has_status 6
has_output "script y"

note "what was added can be changed inside, and stays as it was outside"
tessera run --add "$work/tree:/tree" -- sh -c 'echo more >>/tree/a; cat /tree/a; rm -r /tree; ls /tree' </dev/null
has_status 1
has_output $'one\nmore'
[ "$(cat "$work/tree/a")" = one ] || fail "the host's file changed"

note "a host file that is not there"
tessera run --add "$work/none:/x" -- true </dev/null
has_status 125
one_error_line
errors_like 'No such file'

note "--env"
tessera run --env FRUIT=apple --env "TWO=b c" -- sh -c 'echo $FRUIT "$TWO"' </dev/null
has_output "apple b c"

finish
