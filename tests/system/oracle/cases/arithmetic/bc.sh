# SPDX-License-Identifier: Apache-2.0
# bc with many digits
echo '2^200' | bc
echo 'scale=30; 22/7; sqrt(2)' | bc
echo 'ibase=16; FF; obase=2; A' | bc
echo 'define f(n) { if (n < 2) return 1; return n * f(n - 1); } f(30)' | bc
