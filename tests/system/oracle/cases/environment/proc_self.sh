# SPDX-License-Identifier: Apache-2.0
# /proc of the own process
cat /proc/self/comm; tr '\0' ' ' </proc/self/cmdline; echo; readlink /proc/self/exe; readlink /proc/self/cwd | sed 's/.*\///'; ls /proc/self/fd | wc -l | grep -c '[0-9]'; grep -c '' /proc/self/maps | grep -c '[1-9]'; grep '^Name' /proc/self/status; sh -c 'cat /proc/$$/comm'; cat /proc/999999/comm; echo $?
grep '^Uid' /proc/self/status; awk '{ print $2 }' /proc/self/stat; [ -d /proc/self/task ] && ls /proc/self/task | wc -l
