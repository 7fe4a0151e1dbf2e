# SPDX-License-Identifier: Apache-2.0
# -f
printf 'one\nthree\n' >p; printf 'one\ntwo\nthree\n' | grep -f p
printf 'one\ntwo\n' | grep -v -f p; echo $?
