# SPDX-License-Identifier: Apache-2.0
# counts
printf 'a\na\nb\na\n' >f; uniq f; uniq -c f; uniq -d f; uniq -u f; sort f | uniq -c | sort -rn
printf '1 x\n2 x\n' | uniq -f 1
