# SPDX-License-Identifier: Apache-2.0
# yes, true, cal, usleep, nice
yes | head -n 2; true; echo $?; usleep 1000; echo $?; logname 2>/dev/null; mkpasswd -m md5 x abcdefgh; hostid | wc -c; tty; echo $?; clear | od -An -c | head -n 1 | wc -l; reset >/dev/null 2>&1; echo $?
