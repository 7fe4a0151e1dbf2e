# SPDX-License-Identifier: Apache-2.0
# scripts that run scripts
printf '#!/bin/sh\necho bottom\n' >s0; chmod 755 s0; for i in 1 2 3 4 5 6; do printf '#!/tmp/work/s%d\n' $((i-1)) >s$i; chmod 755 s$i; done
for i in 1 2 3 4 5 6; do /opt/tests/exec-errno ./s$i; done
