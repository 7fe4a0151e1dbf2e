# SPDX-License-Identifier: Apache-2.0
# x without r and r without x
mkdir x r; echo a >x/f; echo b >r/f; chmod 711 x; chmod 744 r
su -s /bin/sh nobody -c 'cat x/f; ls x; cat r/f; ls r; test -x x; echo $?; test -r x; echo $?; test -w x; echo $?' 2>&1
