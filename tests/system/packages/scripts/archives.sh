# SPDX-License-Identifier: Apache-2.0
# packages: bash,coreutils,tar,gzip,bzip2,xz-utils,zstd
# memory: 1G
cd /tmp || exit 1
mkdir -p d/sub; seq 5000 >d/numbers; head -c 300000 /dev/zero >d/zeros; ln d/numbers d/hard; ln -s numbers d/soft; echo x >d/sub/x
for one in gzip:gz bzip2:bz2 xz:xz zstd:zst; do
  program=${one%:*}
  tar --sort=name --mtime=@0 --owner=0 --group=0 -cf "d.tar.${one#*:}" "--$program" d && tar -tvf "d.tar.${one#*:}" --full-time | cut -c1-10,40-
  mkdir "out-$program" && tar -xf "d.tar.${one#*:}" -C "out-$program" && diff -r d "out-$program/d" >/dev/null 2>&1
  sha256sum "out-$program/d/numbers" "out-$program/d/hard"; readlink "out-$program/d/soft"
  "$program" -c <d/numbers | "$program" -dc | sha256sum
done
tar -cf - d | tar -xf - -C out-xz --strip-components=1 sub 2>&1; tar -rf d.tar d/sub 2>/dev/null; tar -tf d.tar
gzip -9 -k d/numbers && gzip -l d/numbers.gz | awk '{ print $2 }' 2>/dev/null; gzip -t d/numbers.gz && echo good
printf 'damaged' >>d/numbers.gz; gzip -t d/numbers.gz; echo "status $?"; head -c 100 d.tar.xz | xz -dc >/dev/null; echo "status $?"
xz -T2 -9 -c d/zeros | wc -c; zstd -q -19 -c d/numbers | zstd -q -dc | cmp - d/numbers && echo equal
