#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the fuzzer of ext4 begins with: ext4_images.sh FOLDER makes small images there (package e2fsprogs), and a corpus.
set -e
PATH=$PATH:/usr/sbin:/sbin
folder=$1
rm -rf "$folder"
mkdir -p "$folder/tree/many" "$folder/tree/deep/a/b" "$folder/corpus"
cd "$folder"
for i in $(seq 1 60); do echo "$i" > "tree/many/a-name-that-is-not-too-short-$i"; done
head -c 40000 /dev/zero | tr '\0' x > tree/large
for i in 0 2 4 6 8 10; do echo part | dd of=tree/holes bs=1024 seek=$i conv=notrunc status=none; done
ln -s large tree/short
ln -s "$(printf 'l%.0s' $(seq 1 100))" tree/long
ln tree/large tree/hard
mkfifo tree/fifo
make() { mkfs.ext4 -q -F -b 1024 -N 128 -J size=1 -d tree "$@" 3072k; }
make -O ^metadata_csum,uninit_bg,^resize_inode plain.img
e2fsck -fyD plain.img > /dev/null 2>&1 || true
make -O ^resize_inode checked.img
make -O inline_data,^metadata_csum,^resize_inode inline.img
# One whose journal has something to say.
cp plain.img dirty.img
printf 'journal_open\njournal_write -b 1,2,3,20,21 /dev/zero\njournal_write -r 22\njournal_close\n' > commands
debugfs -w -f commands dirty.img > /dev/null 2>&1 || true
for image in 0 1 2 3; do printf "\\$image" > "corpus/image$image"; done
