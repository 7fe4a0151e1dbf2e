# SPDX-License-Identifier: Apache-2.0
# formats of diff
seq 1 5 >a; sed 's/3/three/;$d' a >b; diff -U1 -L a -L b a b; echo $?; diff -b a a; echo $?
mkdir d e; echo x >d/f; echo y >e/f; echo only >d/g; diff -rq d e | sort; diff -N -L 1 -L 2 a /dev/null | head -n 3
