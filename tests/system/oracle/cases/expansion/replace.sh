# SPDX-License-Identifier: Apache-2.0
# ${x/a/b} and substrings
x=banana
echo ${x/a/A} ${x//a/A} ${x//an/} ${x:1:3} ${x:2} ${x: -2}
