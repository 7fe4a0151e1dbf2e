# SPDX-License-Identifier: Apache-2.0
# packages: bash,coreutils
# source: busybox
# The tests that busybox brings of its shell, without the slow ones.
cp -r /source /tmp/b && cd /tmp/b || exit 1
cp debian/config/pkg/static .config; ln -s /bin/busybox busybox
cd shell/ash_test || exit 1
# What these tests call beside the shell, else compiled from C.
printf '#!/bin/bash\nn=0; for word in "$0" "$@"; do ((n)) && printf "argv[%%d] = <%%s>\\n" $n "$word"; n=$((n+1)); done\n' >recho
printf '#!/bin/bash\nIFS=" "; printf "%%s\\n" "$*"\n' >zecho
printf '#!/bin/bash\nexec /usr/bin/printenv "$@"\n' >printenv
chmod 755 recho zecho printenv
rm -r ash-z_slow ash-misc/exitcode_trap[26].tests  # of two signals at once either may be first
rm ash-psubst/bash_procsub.tests  # nobody waits for >(COMMAND): on a busy host it fails on Linux now and then
/bin/busybox sh ./run-all 2>/dev/null </dev/null
