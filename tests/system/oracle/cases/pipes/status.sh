# SPDX-License-Identifier: Apache-2.0
# the status of a pipeline is its last program's
false | true; echo $?
true | false; echo $?
exit 3 | cat; echo $?
! true | false; echo $?
(exit 9) | (exit 8); echo $?
