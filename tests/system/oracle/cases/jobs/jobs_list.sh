# SPDX-License-Identifier: Apache-2.0
# the jobs command
sleep 5 & sleep 6 &
jobs | sed 's/ *$//'
kill %1 %2; wait 2>/dev/null; echo $?
