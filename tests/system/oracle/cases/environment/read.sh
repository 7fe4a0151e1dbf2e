# SPDX-License-Identifier: Apache-2.0
# the read builtin
printf 'a b c\n' | { read -r x y; echo "$x|$y"; }; printf 'a\\\nb\n' | { read x; echo "$x"; }; printf 'a\\tb\n' | { read -r x; echo "$x"; }
printf ' lead and trail \n' | { read -r x; echo "[$x]"; }; printf 'a:b\n' | { IFS=: read -r x y; echo $x $y; }; printf 'abcdef' | { read -n 3 x; echo $x; }; read -r x </dev/null; echo $?; printf 'x;y' | { read -d ';' x; echo $x; }
read -t 1 x </dev/null; echo $?
