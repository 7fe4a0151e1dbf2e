# SPDX-License-Identifier: Apache-2.0
# closed and inherited
exec 7>f
(echo inner >&7; exec 7>&-; echo x >&7) 2>/dev/null
echo outer >&7
cat f
