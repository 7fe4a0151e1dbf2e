# SPDX-License-Identifier: Apache-2.0
# which command counts
true; false; echo $?
x=$(exit 3); echo $?
x=1; echo $?
export y=$(exit 4); echo $?
(exit 5); echo $?
{ (exit 6); }; echo $?
eval 'false'; echo $?
eval ''; echo $?
