# SPDX-License-Identifier: Apache-2.0
# forty levels
s='echo $n'
n=0; while [ $n -lt 40 ]; do s="($s)"; n=$((n+1)); done
eval "$s"
