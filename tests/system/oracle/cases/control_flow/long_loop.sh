# SPDX-License-Identifier: Apache-2.0
# ten thousand rounds
i=0; s=0
while [ $i -lt 10000 ]; do i=$((i+1)); s=$((s+i)); done
echo $s
