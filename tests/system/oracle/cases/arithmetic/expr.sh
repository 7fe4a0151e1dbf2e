# SPDX-License-Identifier: Apache-2.0
# expr
expr 3 + 4; expr 3 \* 4; expr 10 / 3; expr 10 % 3
expr abc : 'a\(.*\)'; expr abc : 'ab'; expr length hello; expr substr hello 2 3; expr index hello l
expr a = b; expr a \< b; expr 5 \> 10
expr \( 1 + 2 \) \* 3
expr 1 + 2>/dev/null; echo $?
