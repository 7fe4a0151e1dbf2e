# SPDX-License-Identifier: Apache-2.0
# three hundred directories deep
i=0; while [ $i -lt 300 ]; do mkdir d; cd d; i=$((i+1)); done; echo bottom >f; cat f; pwd | wc -c
cd /tmp/work; find . | wc -l; du -a . | wc -l; rm -rf d; ls
