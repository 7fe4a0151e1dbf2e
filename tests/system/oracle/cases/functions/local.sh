# SPDX-License-Identifier: Apache-2.0
# local variables
x=global
f() { local x=inner y; y=2; echo $x $y; g; }
g() { echo "g sees $x"; x=changed; }
f; echo $x "[$y]"
