# SPDX-License-Identifier: Apache-2.0
# a pipe that nobody writes to
: | cat; echo $?
: | wc
true | { read -r x; echo "$?[$x]"; }
