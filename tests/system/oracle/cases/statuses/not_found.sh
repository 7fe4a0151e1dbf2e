# SPDX-License-Identifier: Apache-2.0
# 127 and 126
nosuchprogram; echo $?
./nosuchfile; echo $?
echo 'echo x' >f; ./f; echo $?
chmod 755 f; ./f; echo $?
mkdir d; ./d; echo $?
/etc/passwd; echo $?
