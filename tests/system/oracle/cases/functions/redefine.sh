# SPDX-License-Identifier: Apache-2.0
# functions hide programs
ls() { echo "my ls $*"; }
ls -l
command ls -d /
unset -f ls
type ls | sed 's/.*\///'
