# SPDX-License-Identifier: Apache-2.0
# programs that change the user or the group
chmod 755 .; for m in 755 4755 2755 6755 4644; do cp /opt/tests/ids ids$m; chown daemon:users ids$m; chmod $m ids$m; done
for m in 755 4755 2755 6755 4644; do ./ids$m; su -s /bin/sh nobody -c "./ids$m" 2>/dev/null; done
echo x >ids4755; stat -c %a ids4755; su -s /bin/sh daemon -c 'echo y >>ids6755'; stat -c %a ids6755; chown root ids2755; stat -c %a ids2755
printf '#!/opt/tests/ids\n' >script; chown daemon script; chmod 4755 script; su -s /bin/sh nobody -c ./script
