# SPDX-License-Identifier: Apache-2.0
# a writer without reader ends by SIGPIPE
{ yes; echo "yes: $?" >&2; } | head -n 2
{ trap '' PIPE; yes 2>/dev/null; echo "ignoring: $?" >&2; } | head -n 1
