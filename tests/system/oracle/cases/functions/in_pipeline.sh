# SPDX-License-Identifier: Apache-2.0
# a function as part of a pipeline
upper() { tr a-z A-Z; }
twice() { while read -r x; do echo "$x"; echo "$x"; done; }
printf 'a\nb\n' | twice | upper | twice
