# SPDX-License-Identifier: Apache-2.0
# hold space and branches
seq 1 5 | sed -n '1!G;h;$p'
printf 'a\nb\nc\n' | sed ':a;N;$!ba;s/\n/,/g'
seq 1 6 | sed 'N;s/\n/ /'
printf 'x=1\ny=2\n' | sed -n '/x/{s/x/X/;p}'
echo aaa | sed ':x;s/a/b/;tx'
