# SPDX-License-Identifier: Apache-2.0
# a script for ed
printf 'one\ntwo\nthree\n' >f
printf '2s/two/TWO/\n1d\n$a\nlast\n.\nw\nq\n' | ed f 2>&1 | grep -v '^[0-9]*$'; cat f
printf ',p\nq\n' | ed f
