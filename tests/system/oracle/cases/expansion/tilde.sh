# SPDX-License-Identifier: Apache-2.0
# home directories
HOME=/somewhere
echo ~ ~/x "~" a~ ~root
x=~/y:~/z; echo $x
