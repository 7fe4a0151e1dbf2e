# SPDX-License-Identifier: Apache-2.0
# not executable, not readable
printf '#!/bin/sh\necho ran\n' >s; chmod 644 s; ./s; echo $?; chmod 111 s; chmod 755 .; ./s; echo $?
su -s /bin/sh nobody -c './s; echo $?' 2>&1; cp /bin/busybox echo; chmod 111 echo; su -s /bin/sh nobody -c './echo binary; cat echo | wc -c' 2>&1
