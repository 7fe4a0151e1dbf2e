# SPDX-License-Identifier: Apache-2.0
# < > >> <>
echo one >f; echo two >>f; cat <f
echo three >f; cat f
printf 'abcdef' >g; exec 3<>g; printf XY >&3; exec 3>&-; cat g; echo
