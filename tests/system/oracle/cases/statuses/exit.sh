# SPDX-License-Identifier: Apache-2.0
# statuses are taken modulo 256
for n in 0 1 2 127 255 256 300; do sh -c "exit $n"; echo $?; done
