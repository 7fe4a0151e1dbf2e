# SPDX-License-Identifier: Apache-2.0
# more of vi's colon commands
seq 1 9 >f; printf 'inserted\n' >r
vi -c ':3,5d' -c ':1' -c ':r r' -c ':w out' -c ':q!' f </dev/null >/dev/null 2>&1; cat f | wc -l; cat out
vi -c ':%s/[2-4]/x/g' -c ':$' -c ':wq' f </dev/null >/dev/null 2>&1; cat f
vi -c ':q' missing </dev/null >/dev/null 2>&1; echo $?; ls
