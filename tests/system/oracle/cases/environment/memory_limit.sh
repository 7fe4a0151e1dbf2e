# SPDX-License-Identifier: Apache-2.0
# ulimit -v
(ulimit -v 40000; head -c 100000000 /dev/zero | tail -c 90000000 | wc -c) 2>&1 | sed 's/.*: //'
echo still here
