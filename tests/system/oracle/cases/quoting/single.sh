# SPDX-License-Identifier: Apache-2.0
# nothing is special in single quotes
echo '$HOME `ls` \n "x" *' 
printf '%s\n' 'a'\''b' 'tab	tab'
