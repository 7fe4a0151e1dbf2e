# SPDX-License-Identifier: Apache-2.0
# lengths and counts
x=hello; echo ${#x} ${#}
set -- a b c; echo ${#} $#
e=; echo ${#e}
