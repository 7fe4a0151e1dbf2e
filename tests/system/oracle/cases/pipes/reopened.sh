# SPDX-License-Identifier: Apache-2.0
# a pipe opened again through /dev/fd when its writer has ended: the end, no waiting
echo early | { sleep 0.1; cat /dev/fd/0; }
sleep 0.2 | { cat /proc/self/fd/0; echo end; }
echo late | { read -r word; echo "$word"; cat </dev/fd/0; echo "status $?"; }
