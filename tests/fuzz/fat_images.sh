#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the fuzzer of FAT begins with: fat_images.sh FOLDER makes small images there (packages dosfstools and mtools), and
# a corpus.
set -e
PATH=$PATH:/usr/sbin:/sbin
folder=$1
rm -rf "$folder"
mkdir -p "$folder/tree/many" "$folder/tree/deep/a/b" "$folder/corpus"
cd "$folder"
for i in $(seq 1 40); do echo "$i" > "tree/many/a-name-that-is-not-too-short-$i"; done
head -c 40000 /dev/zero | tr '\0' x > tree/large
echo short > tree/SHORT.TXT
make() {
  name=$1 kib=$2
  shift 2
  mkfs.fat "$@" -n LABEL -C "$name" "$kib" > /dev/null
}
make fat12.img 720 -F 12 -s 2
make fat16.img 2600 -F 16 -s 1
for image in fat12 fat16; do mcopy -s -i $image.img tree/* ::; done
# Fewer clusters than there should be, which mcopy refuses: it begins without files.
make fat32.img 1024 -F 32 -s 1 2> /dev/null
for image in 0 1 2; do printf "\\$image" > "corpus/image$image"; done
