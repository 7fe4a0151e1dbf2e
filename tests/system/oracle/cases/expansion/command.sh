# SPDX-License-Identifier: Apache-2.0
# command substitution
echo $(echo a; echo b) "$(echo a; echo b)" `echo \`echo nested\``
x=$(exit 5); echo $?
echo $(( $(echo 3) + $(echo 4) ))
