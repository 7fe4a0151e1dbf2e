# SPDX-License-Identifier: Apache-2.0
# a pipeline's parts are subshells
x=1
echo 5 | read x
echo "$x"
x=1 | x=2
echo "$x"
