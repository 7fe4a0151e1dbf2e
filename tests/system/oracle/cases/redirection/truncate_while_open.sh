# SPDX-License-Identifier: Apache-2.0
# > on a file that is being read
printf 'aaaaaaaa' >f
exec 3<f; dd bs=1 count=4 <&3 2>/dev/null; echo
printf 'b' >f; cat <&3; echo "[end]"
