# SPDX-License-Identifier: Apache-2.0
# grep, sed, gawk, diffutils, less.
printf 'alpha\nbeta\ngamma\n' >/tmp/t
grep -nE 'a$' /tmp/t; grep -c . /tmp/t; grep -P '(?<=b)e' /tmp/t; grep -q nothing /tmp/t; echo "status $?"
grep -rl alpha /tmp | sort
sed -i.old -e '2s/e/E/;$a\end' /tmp/t; cat /tmp/t /tmp/t.old
gawk 'BEGIN { printf "%.3f %s\n", atan2(0, -1), toupper("x"); n = split("c a b", w); asort(w); print w[1], w[3] }'
gawk '{ "echo " $1 | getline got; close("echo " $1); print NR, got }' /tmp/t
awk 'BEGIN { print length("awk is an alternative") }'
diff -u --label a --label b /tmp/t.old /tmp/t; cmp /tmp/t /tmp/t.old
diff3 /tmp/t /tmp/t.old /tmp/t; sdiff -w 30 /tmp/t /tmp/t.old
less /tmp/t; less --version | head -1
