# SPDX-License-Identifier: Apache-2.0
# a duplicate shares the offset
printf '0123456789' >f
exec 3<f 4<&3
dd bs=1 count=3 <&3 2>/dev/null; echo
dd bs=1 count=3 <&4 2>/dev/null; echo
(dd bs=1 count=2 <&3 2>/dev/null); echo
cat <&3; echo
