# SPDX-License-Identifier: Apache-2.0
# two writers to one pipe, lines stay whole
{ for i in $(seq 1 200); do echo "a $i"; done & for i in $(seq 1 200); do echo "b $i"; done; wait; } | sort -k1,1 -k2,2n | md5sum
