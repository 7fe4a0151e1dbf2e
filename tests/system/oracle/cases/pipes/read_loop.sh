# SPDX-License-Identifier: Apache-2.0
# a loop reads lines from a pipe
printf 'one 1\ntwo 2\nthree\n' | while read -r name value; do echo "[$name][$value]"; done
printf 'last line without end' | while read -r line || [ -n "$line" ]; do echo "<$line>"; done
