# SPDX-License-Identifier: Apache-2.0
# changes stay inside
x=1; (x=2; echo $x); echo $x
(cd /; pwd); pwd | sed 's/.*\///'
