# SPDX-License-Identifier: Apache-2.0
# paste, fold, nl, tac, rev
seq 1 3 >a; seq 4 6 >b; paste a b; paste -d, a b; paste -s a; tac a; echo abc | rev; nl a
echo 'a long line of text here' | fold -w 7; echo 'a long line of text here' | fold -s -w 7; printf 'a\tb\n' | expand -t 4; printf '        x\n' | unexpand | od -c
