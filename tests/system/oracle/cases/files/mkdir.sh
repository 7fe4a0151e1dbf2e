# SPDX-License-Identifier: Apache-2.0
# -p, -m and failures
mkdir a; mkdir a; echo $?; mkdir x/y; echo $?; mkdir -p x/y/z; mkdir -p x/y/z; echo $?; mkdir -m 711 m; stat -c %a m
rmdir x; echo $?; rmdir -p x/y/z; ls; touch f; mkdir f/g; echo $?; mkdir ''; echo $?
