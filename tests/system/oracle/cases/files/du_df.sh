# SPDX-License-Identifier: Apache-2.0
# usage
mkdir d; head -c 100000 /dev/zero >d/f; du -k d/f | cut -f1; du -sk d/f | cut -f1; df / | wc -l; df -P . | awk 'NR == 2 { print NF }'
