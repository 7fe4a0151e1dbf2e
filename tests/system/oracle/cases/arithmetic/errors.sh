# SPDX-License-Identifier: Apache-2.0
# what is wrong
(echo $((1/0))) 2>&1; echo $?
(echo $((1%0))) 2>&1; echo $?
(echo $((1+))) 2>&1; echo $?
(echo $((08))) 2>&1; echo $?
