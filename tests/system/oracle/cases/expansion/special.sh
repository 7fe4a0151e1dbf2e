# SPDX-License-Identifier: Apache-2.0
# $? $# $- $0
false; echo $?
set -- a; echo $#
case $0 in *special.sh) echo name;; esac
set -u; (echo $nope) 2>/dev/null || echo "unset fails"
