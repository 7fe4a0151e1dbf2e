# SPDX-License-Identifier: Apache-2.0
# errors go around the pipe, or through it
{ echo out; echo err >&2; } 2>/dev/null | sed 's/^/piped /'
{ echo out; echo err >&2; } 2>&1 | sort | sed 's/^/piped /'
