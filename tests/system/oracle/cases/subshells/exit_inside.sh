# SPDX-License-Identifier: Apache-2.0
# exit ends only the subshell
(exit 3; echo no); echo $?
echo $(exit 4; echo no) $?
