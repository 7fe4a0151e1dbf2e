# SPDX-License-Identifier: Apache-2.0
# orders and keys
printf 'b 2\na 10\nc 1\n' >f; sort f; sort -r f; sort -k2n f; sort -k2 f; sort -t' ' -k1,1r f
printf '10\n9\n2\n1\n' | sort; printf '10\n9\n2\n1\n' | sort -n; printf 'a\nb\na\n' | sort -u; printf 'B\na\nC\n' | sort -f
printf 'a\nb\n' | sort -c; echo $?; printf 'b\na\n' | sort -c 2>/dev/null; echo $?
