# SPDX-License-Identifier: Apache-2.0
# shift, set and ${10}
set -- 1 2 3 4 5 6 7 8 9 ten eleven
echo $10 ${10} ${11}
shift 3; echo $1 $#
shift 100; echo "status $?"
