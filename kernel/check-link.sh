#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The nucleus has no heap: no allocator may be in its link. Usage: check-link.sh NM IMAGE
set -eu
found=$("$1" --defined-only "$2" | grep -E ' (_Zn[wa][mj].*|_Zd[la]Pv.*|malloc|calloc|realloc|free|__cxa_.*)$' || true)
[ -z "$found" ] && exit 0
echo "check-link: the nucleus must not allocate, but its link has:" >&2
echo "$found" >&2
exit 1
