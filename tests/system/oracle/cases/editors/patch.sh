# SPDX-License-Identifier: Apache-2.0
# diff and back
seq 1 20 >a; sed -e 's/^5$/five/' -e '15d' -e '10a new' a >b
diff -u a b >p; cp a c; patch c <p; cmp b c && echo same; patch -R c <p; cmp a c && echo back
patch -p0 --dry-run c <p >/dev/null; echo $?; echo garbage >c; patch c <p >/dev/null 2>&1; echo $?
