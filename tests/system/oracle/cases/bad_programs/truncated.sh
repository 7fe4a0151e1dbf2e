# SPDX-License-Identifier: Apache-2.0
# a program cut off
for n in 1 3 4 16 63 64 100 200 500 4096; do head -c $n /bin/busybox >p; chmod 755 p; /opt/tests/exec-errno ./p; done
