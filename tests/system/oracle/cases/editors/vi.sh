# SPDX-License-Identifier: Apache-2.0
# commands by -c
printf 'one\ntwo\nthree\n' >f
vi -c ':2d' -c ':wq' f </dev/null >/dev/null 2>&1; cat f
vi -c ':%s/o/0/' -c ':x' f </dev/null >/dev/null 2>&1; cat f
