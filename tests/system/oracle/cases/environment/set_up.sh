# SPDX-License-Identifier: Apache-2.0
# programs that set something up for others
linux32 uname -m; linux64 uname -m
ionice; ionice -c 3 -p $$; ionice -p $$; ionice -c 2 -n 5 sh -c ionice
setpriv --reuid=1 --regid=1 --clear-groups id; setpriv --no-new-privs sh -c "grep NoNewPrivs /proc/self/status"
mkdir m; mount -t tmpfs -o size=1m none m; grep " $PWD/m " /proc/mounts; umount m; logname
