# SPDX-License-Identifier: Apache-2.0
# many levels
n=0
s='echo deep'
while [ $n -lt 200 ]; do s="if true; then $s; fi"; n=$((n+1)); done
eval "$s"
