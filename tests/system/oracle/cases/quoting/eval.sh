# SPDX-License-Identifier: Apache-2.0
# one more round of parsing
x='echo "a   b" | tr a-z A-Z'
eval "$x"
eval echo \$x
y=x; eval "z=\$$y"; echo "$z"
