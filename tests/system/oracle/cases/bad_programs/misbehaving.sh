# SPDX-License-Identifier: Apache-2.0
# what the shell says of programs that fault
for how in null divide illegal abort breakpoint; do sh -c "/opt/tests/fault $how; echo \$?"; done 2>&1
