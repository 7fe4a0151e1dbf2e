# SPDX-License-Identifier: Apache-2.0
# addresses and undo of ed
seq 1 9 >f; printf '/5/p\n1,3p\n$p\n=\n2,4d\nw g\nq\n' | ed f 2>&1; cat g
