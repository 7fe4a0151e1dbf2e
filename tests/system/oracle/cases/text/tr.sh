# SPDX-License-Identifier: Apache-2.0
# sets, classes, squeeze, delete
echo hello | tr a-y b-z; echo 'a  b' | tr -s ' '; echo h3ll0 | tr -d 0-9; echo abc | tr -c 'a\n' x; echo abc | tr '[:lower:]' '[:upper:]'
printf 'a\tb\n' | tr '\t' ' '; echo aabbcc | tr -s a-c; echo abc | tr abc x
