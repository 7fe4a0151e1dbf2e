# SPDX-License-Identifier: Apache-2.0
# <&- and >&-
cat <&- 2>&1; echo $?
echo x >&- 2>/dev/null; echo $?
