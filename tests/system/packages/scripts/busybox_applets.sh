# SPDX-License-Identifier: Apache-2.0
# packages: bash,coreutils
# source: busybox
# The tests that busybox brings of its applets, with the options that Debian's binary was
# built with. Left out: what needs a network, block devices, or as many processors and
# processes as Linux has here; and bc and most of the sums, which compute for minutes.
left_out=" wget mount mkfs.minix makedevs mdev taskset pidof uptime bc md5sum sha1sum sha3sum sha512sum "
cp -r /source /tmp/b && cd /tmp/b || exit 1
cp debian/config/pkg/static .config; ln -s /bin/busybox busybox
export ECHO=/tmp/b/testsuite/echo-ne; printf '#!/bin/busybox sh\nexec /bin/busybox echo "$@"\n' >$ECHO; chmod 755 $ECHO
cd testsuite || exit 1
for applet in $(/bin/busybox --list | sort); do
  [[ $left_out == *" $applet "* ]] || [[ ! -d $applet && ! -f $applet.tests ]] || applets+=("$applet")
done
/bin/busybox sh ./runtest "${applets[@]}" 2>/dev/null </dev/null | grep -a -E '^(PASS|FAIL|SKIPPED|UNTESTED|[0-9]+ failure)'
