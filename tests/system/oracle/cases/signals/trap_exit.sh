# SPDX-License-Identifier: Apache-2.0
# the EXIT trap
sh -c 'trap "echo bye \$?" EXIT; echo hi; exit 3'; echo $?
(trap 'echo sub' EXIT; :)
sh -c 'trap "echo t" EXIT; exec true'; echo $?
