# SPDX-License-Identifier: Apache-2.0
# feeding a loop
while read -r a b; do echo "$b $a"; done <<END
1 2
3 4
END
