# SPDX-License-Identifier: Apache-2.0
# signals to other users' processes
sleep 100 & p=$!
su -s /bin/sh nobody -c "kill $p; echo \$?" 2>&1 | sed 's/pid [0-9]*/pid N/'
kill $p; wait $p 2>/dev/null; echo $?
