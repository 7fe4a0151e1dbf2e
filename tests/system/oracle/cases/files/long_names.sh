# SPDX-License-Identifier: Apache-2.0
# 255 bytes and more
n=$(printf '%255s' | tr ' ' n); touch $n; ls | wc -c; touch ${n}x; echo $?
p=$(i=0; while [ $i -lt 17 ]; do printf '%s/' $n; i=$((i+1)); done); cat $p 2>&1 | sed 's/.*: //'; cat $p.$n/$n 2>/dev/null; echo $?
