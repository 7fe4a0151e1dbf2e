# SPDX-License-Identifier: Apache-2.0
# sourcing a file
echo 'y=$((x + 1)); set_by_file() { echo called $y; }; return 3; y=never' >lib
x=41
. ./lib; echo $? $y
set_by_file
. ./missing 2>/dev/null
echo "not reached in this shell"
