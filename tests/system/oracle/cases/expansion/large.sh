# SPDX-License-Identifier: Apache-2.0
# a variable of 200,000 bytes
x=$(head -c 200000 /dev/zero | tr '\0' q)
echo ${#x}
y=$x$x
echo ${#y}
echo "$y" | md5sum
