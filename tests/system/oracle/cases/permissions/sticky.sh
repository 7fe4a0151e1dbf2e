# SPDX-License-Identifier: Apache-2.0
# other people's files in a sticky directory
mkdir t; chmod 1777 t; touch t/root; chmod 666 t/root
su -s /bin/sh nobody -c 'rm -f t/root; echo $?; mv t/root t/r; echo $?; echo x >t/root; echo $?; touch t/own; rm t/own; echo $?' 2>&1
ls t
