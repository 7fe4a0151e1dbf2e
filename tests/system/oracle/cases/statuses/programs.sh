# SPDX-License-Identifier: Apache-2.0
# statuses of small programs
grep x /etc/hostname; echo $?
grep root /etc/passwd >/dev/null; echo $?
grep x /missing 2>/dev/null; echo $?
cmp /etc/passwd /etc/group >/dev/null; echo $?
diff /etc/passwd /etc/passwd; echo $?
test -d /; echo $?
expr 0; echo $?
expr 1; echo $?
