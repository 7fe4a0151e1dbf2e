# SPDX-License-Identifier: Apache-2.0
# root passes permissions, but not all
echo x >f; chmod 000 f; cat f; echo y >>f; echo $?; mkdir d; chmod 000 d; ls d; touch d/x; echo $?; printf '#!/bin/sh\necho ran\n' >s; chmod 644 s; test -x s; echo $?; test -r f; echo $?
