# SPDX-License-Identifier: Apache-2.0
# what the parser says
sh -c 'if true; echo x' 2>&1; echo $?
sh -c 'echo "unclosed' 2>&1; echo $?
sh -c 'for in x' 2>&1; echo $?
sh -c ')' 2>&1; echo $?
sh -c 'echo ok; fi' 2>&1; echo $?
