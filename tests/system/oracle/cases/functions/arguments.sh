# SPDX-License-Identifier: Apache-2.0
# parameters of functions
f() { echo "$# $1 $2"; shift; echo "$@"; }
set -- outer
f a "b c" d
echo $1
