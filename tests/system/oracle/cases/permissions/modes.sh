# SPDX-License-Identifier: Apache-2.0
# what another user may do
chmod 777 .; echo secret >s; chmod 600 s; echo open >o; chmod 644 o; mkdir closed; touch closed/x; chmod 700 closed
su -s /bin/sh nobody -c 'cat s; echo $?; cat o; echo $?; echo x >>o; echo $?; ls closed; echo $?; cd closed; echo $?; cat closed/x; echo $?; rm o; echo $?; touch mine; stat -c "%U %G" mine; id -u; chmod 777 s; echo $?; chown nobody s; echo $?' 2>&1
ls
