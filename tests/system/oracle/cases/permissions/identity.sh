# SPDX-License-Identifier: Apache-2.0
# id and setpriv
id; id -un; id nobody; id -g daemon; whoami; groups
su -s /bin/sh daemon -c 'id; echo $HOME $USER'; chown 1234:5678 . && stat -c '%u %g' .; touch f; chown daemon:tty f; ls -l f | awk '{ print $3, $4 }'; chown :users f; stat -c '%U:%G' f
