# SPDX-License-Identifier: Apache-2.0
# counts
printf 'one two\nthree\n' >f; wc f; wc -l f; wc -w <f; wc -c f; wc -L f; wc f f; wc </dev/null; printf 'x' | wc -l
