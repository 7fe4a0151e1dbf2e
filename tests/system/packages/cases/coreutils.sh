# SPDX-License-Identifier: Apache-2.0
# GNU coreutils on files, links, times and pipes.
cd /tmp && mkdir -p d/e && cd d || exit 1
seq 1 1000 | sort -R --random-source=/bin/bash | sort -n | sha256sum
printf 'b 2\na 1\n' | sort | tee copy | cut -d' ' -f2 | paste -sd+
cp -a copy e/ && ln copy hard && ln -s copy soft && stat -c '%n %h %F %s' copy hard soft
chmod 4750 copy; touch -d @1000000000 copy; stat -c '%A %Y' copy
truncate -s 100000 big; dd if=/dev/zero of=big bs=1000 seek=200 count=1 2>/dev/null; stat -c %s big; cksum big
od -An -tx1 -N4 /bin/ls
split -n 3 big part. && cat part.* | cmp - big && ls part.* && shuf -i 1-5 | sort | xargs
date -u -d @0 +%FT%T; expr 6 \* 7; factor 1000007; numfmt --to=iec 123456789
timeout 0.1 sleep 5; echo "status $?"
env -i A=1 printenv; nproc >/dev/null && id -un; basename /a/b.c .c; realpath soft
ls -1sF --group-directories-first . | awk '{ print $NF }'
rm -rf /tmp/d && ls /tmp/d; echo "status $?"
