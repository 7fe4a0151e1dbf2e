# SPDX-License-Identifier: Apache-2.0
# tar, gzip, xz, zstd: there and back, with links, modes and sparse files.
cd /tmp && mkdir -p a/b && cd a || exit 1
seq 1 50000 >numbers; ln numbers hard; ln -s b/none soft; truncate -s 3M sparse; chmod 640 numbers; touch -d @1234567890 numbers
for packer in gzip xz zstd; do
  tar --sort=name --sparse -C /tmp -cf - a | $packer -c >/tmp/a.$packer
  mkdir /tmp/out.$packer
  tar -C /tmp/out.$packer --use-compress-program="$packer -d" -xf /tmp/a.$packer
  diff -r --no-dereference /tmp/a /tmp/out.$packer/a && stat -c '%n %a %h %Y' /tmp/out.$packer/a/numbers
  sha256sum </tmp/a.$packer >/dev/null && echo "$packer is well"
done
xz -T2 -0 -c numbers | xz -dc | cksum
zstd -T2 -q -c numbers | zstd -dc | cksum
gzip -c numbers | head -c 1000 | gzip -dc 2>&1 >/dev/null | sed 's/^gzip: *//;/^$/d'
tar -tvf <(tar --sort=name -C /tmp -cf - a/b a/soft) | awk '{ print $1, $NF }'
