# SPDX-License-Identifier: Apache-2.0
# $'...' strings
printf '%s|' $'a\tb' $'\x41' $'\101' $'it\'s'; echo
