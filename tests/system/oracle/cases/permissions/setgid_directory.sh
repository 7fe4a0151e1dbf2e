# SPDX-License-Identifier: Apache-2.0
# the group of new files
mkdir d; chgrp users d; chmod 2777 d; touch d/f; mkdir d/e; stat -c '%g %a' d/f d/e
su -s /bin/sh nobody -c 'touch d/n; stat -c "%u %g" d/n'
