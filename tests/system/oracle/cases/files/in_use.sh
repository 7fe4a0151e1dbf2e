# SPDX-License-Identifier: Apache-2.0
# a program that runs cannot be written
cp /bin/busybox sleep; ./sleep 5 & sleep 0.2; (echo x >sleep) 2>&1 | sed 's/.*: //'; rm sleep; kill $!; wait $! 2>/dev/null; echo $?
