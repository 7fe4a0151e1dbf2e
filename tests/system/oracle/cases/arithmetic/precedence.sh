# SPDX-License-Identifier: Apache-2.0
# and parentheses
echo $((1+2*3)) $(((1+2)*3)) $((2*3%4)) $((1<<2+1)) $((5-3-1)) $((1|2&3)) $((1?2:3)) $((0?2:0?4:5))
