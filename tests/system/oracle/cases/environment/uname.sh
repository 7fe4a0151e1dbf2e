# SPDX-License-Identifier: Apache-2.0
# what the system says it is
uname -s; uname -m; uname -n; uname -r | grep -c '^[0-9]*\.[0-9]*'; nproc | grep -c '[0-9]'; arch; hostname; getconf X 2>/dev/null; echo $?
