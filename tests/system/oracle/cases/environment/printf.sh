# SPDX-License-Identifier: Apache-2.0
# formats
printf '%d %i %u %o %x %X %c %s %%\n' 42 -7 7 8 255 255 A str; printf '%5d|%-5d|%05d|%+d\n' 42 42 42 42; printf '%.3f %e %g\n' 3.14159 1234.5 0.0001
printf '%s-%s\n' a b c; printf '%b\n' 'a\tb\101'; printf '%10.3s|\n' abcdef; printf '\x41\102\n'; printf '%d\n' 0x1f 010 "'A"; printf '%d\n' abc; echo $?; printf 'no newline'; printf '\n%s\n'; printf '%*d\n' 6 42
