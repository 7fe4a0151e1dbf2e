# SPDX-License-Identifier: Apache-2.0
# every privileged instruction and forbidden address that the program `fault` knows
for how in $(/opt/tests/fault); do /opt/tests/fault $how; echo "$how $?"; done 2>/dev/null
