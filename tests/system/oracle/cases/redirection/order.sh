# SPDX-License-Identifier: Apache-2.0
# 2>&1 before and after >
{ echo out; echo err >&2; } >f 2>&1; cat f
{ { echo out; echo err >&2; } 2>&1 >f; } | sed 's/^/pipe: /'; cat f
