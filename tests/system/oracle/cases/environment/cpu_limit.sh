# SPDX-License-Identifier: Apache-2.0
# ulimit -t
(ulimit -t 1; while :; do :; done) 2>/dev/null; echo $?
