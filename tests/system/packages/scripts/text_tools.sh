# SPDX-License-Identifier: Apache-2.0
# packages: bash,coreutils,gawk,grep,sed,findutils,diffutils
cd /tmp || exit 1
seq 200 | gawk '{ s += $1; a[$1 % 7] = a[$1 % 7] " " $1 } END { print s; n = asorti(a, k); for (i = 1; i <= n; i++) print k[i] ":" a[k[i]] }'
gawk 'BEGIN { print strftime("%Y-%m-%d", 86400 * 365, 1), toupper("abc"), gensub(/b(.)/, "<\\1>", "g", "abcbd") }'
printf 'alpha\nbeta\ngamma\n' | grep -n -E '^(a|g)'; printf 'x1y22\n' | grep -oP '\d+'
printf 'one two\nthree\n' | sed -E -n 's/(\w+) (\w+)/\2-\1/p; $='
mkdir -p tree/{a,b}/{c,d}; for i in 1 2 3; do echo "$i" >"tree/a/c/f$i"; done
find tree -type f -name 'f*' -size -2k -printf '%p %s %y\n' | sort
find tree -type d -empty | sort; find tree -name 'f*' -print0 | xargs -0 -n1 basename | sort
seq 10 >one; seq 2 11 >two; diff -u --label one --label two one two; cmp one two; diff3 one two one | head -5
printf '3 c\n1 a\n2 b\n' | sort -k2r | tee sorted | cut -d' ' -f1 | paste -sd,; join <(sort sorted) <(printf '1 x\n3 z\n')
printf '%s\n' a b a c b a | sort | uniq -c | sort -rn | head -2
sha256sum one | cut -c1-16; md5sum one; b2sum one | cut -c1-16; cksum one; base64 <one | head -1; od -An -tx1 one | head -1
head -c 100000 /dev/zero | split -b 40000 - part.; wc -c part.*; cat part.* | wc -c
ln one hard; ln -s one soft; stat -c '%n %F %h %s' one soft; readlink -f soft; cp -a tree copy && diff -r tree copy && echo same
touch -d '2020-02-03 04:05:06 UTC' dated; date -u -r dated +%FT%T; ls -l --time-style=+%F dated | cut -d' ' -f1,5,6,7
chmod 751 dated; stat -c %a dated; install -m 640 one installed; stat -c %a installed
timeout 0.2 sleep 5; echo "timeout $?"; yes | head -n 3 | tr y n; seq 5 | tac | shuf --random-source=<(yes) | wc -l
expr 6 \* 7; test 3 -lt 4 && echo less; printf '%05.2f|%-5s|%x\n' 3.14159 ab 255; numfmt --to=iec 123456789; factor 360360
dd if=/dev/zero bs=1k count=3 of=zeros status=none && truncate -s 5000 zeros && stat -c %s zeros
env -i A=1 env; nproc --all >/dev/null && echo nproc; mktemp -u x.XXXX | wc -c; tail -n 2 <(seq 9)
