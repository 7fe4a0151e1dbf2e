#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Programs that are particular about files, on a disk: a database with its log in shared memory, git, mappings that
# are written to, an archive. They check themselves; e2fsck checks what they leave.
. "$(dirname "$0")/../../support/check.sh"
limit=400

cat >"$work/programs.sh" <<'END'
set -e
mount /dev/disk0 /mnt
cd /mnt
rows=$(i=0; while [ $i -lt 200 ]; do echo "insert into t values($i,'x$i');"; i=$((i+1)); done)
sqlite3 wal "pragma journal_mode=wal; create table t(a,b); begin; $rows commit; select count(*),sum(a) from t; pragma integrity_check;"
sqlite3 journal "pragma journal_mode=delete; create table t(a,b); insert into t values(1,2); vacuum; pragma integrity_check;"
git init -q repository
cd repository
git config user.email a@b
git config user.name n
cp -r /etc/* .
git add -A
git commit -qm one
echo more >>hosts
git commit -qam two
git fsck --full
git gc -q
echo "commits: $(git log --oneline | wc -l)"
cd ..
python3 - <<'P'
import mmap, os
with open('/mnt/map', 'w+b') as file:
    file.truncate(100000)
    with mmap.mmap(file.fileno(), 0) as memory:
        memory[5000:5005] = b'hello'
        memory.flush()
        memory[70000:70003] = b'end'
os.sync()
P
tar cf archive.tar -C / etc usr/bin/git
mkdir unpacked
tar xf archive.tar -C unpacked
cd /
umount /mnt
mount /dev/disk0 /mnt
python3 -c "d = open('/mnt/map', 'rb').read(); print('mapped:', len(d), d[5000:5005], d[70000:70003])"
cmp /usr/bin/git /mnt/unpacked/usr/bin/git
/mnt/unpacked/usr/bin/git --version
sqlite3 /mnt/wal 'select count(*) from t; pragma integrity_check'
END

note "sqlite, git, python, tar"
mkfs.ext4 -q "$work/disk" 128M || fail "mkfs.ext4"
tessera run --timeout 350 --memory 512M --package sqlite3,git,python3 --disk "$work/disk" --add "$work/programs.sh:/programs.sh" -- sh /programs.sh </dev/null
has_status 0
[ "$(grep -c '^ok$' "$work/out")" = 3 ] || { fail "a database is not whole"; show; }
output_like '^200\|19900$'
output_like '^commits: 2$'
output_like "^mapped: 100000 b'hello' b'end'$"
output_like '^git version'
e2fsck -fn "$work/disk" >"$work/e2fsck" 2>&1 || { cat "$work/e2fsck"; fail "e2fsck finds something"; }
finish
