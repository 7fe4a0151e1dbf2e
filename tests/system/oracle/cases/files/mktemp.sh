# SPDX-License-Identifier: Apache-2.0
# unique names
a=$(mktemp x.XXXXXX); b=$(mktemp x.XXXXXX); [ "$a" != "$b" ] && echo differ; ls | wc -l; stat -c '%a %s' $a; d=$(mktemp -d d.XXXXXX); stat -c '%a %F' $d; mktemp nodir/x.XXXXXX 2>/dev/null; echo $?; mktemp -u y.XXXXXX | wc -c
