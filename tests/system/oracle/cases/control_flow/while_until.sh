# SPDX-License-Identifier: Apache-2.0
# while and until
i=0; while [ $i -lt 5 ]; do i=$((i+1)); done; echo $i
until [ $i -eq 0 ]; do i=$((i-1)); done; echo $i
while false; do :; done; echo $?
