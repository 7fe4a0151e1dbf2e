# SPDX-License-Identifier: Apache-2.0
# "$@" and "$*"
set -- 'a b' '' c
for i in "$@"; do echo "[$i]"; done
for i in $@; do echo "<$i>"; done
for i in "$*"; do echo "{$i}"; done
IFS=-; echo "$*"
set --
for i in "$@"; do echo never; done
echo "$#"
