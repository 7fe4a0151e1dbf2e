# SPDX-License-Identifier: Apache-2.0
# a script from standard input
printf 'echo from stdin; exit 4\n' | sh; echo $?
sh <<EOF
echo \$0 \$#
EOF
echo 'echo $1-$2' >s; sh s a b
sh -s x y <s
sh -c 'echo $0 $1' zero one
