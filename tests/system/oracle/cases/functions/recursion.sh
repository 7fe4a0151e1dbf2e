# SPDX-License-Identifier: Apache-2.0
# factorial and depth
fact() { if [ $1 -le 1 ]; then echo 1; else echo $(($1 * $(fact $(($1 - 1))))); fi; }
fact 12
down() { [ $1 = 0 ] && echo bottom || down $(($1 - 1)); }
down 300
