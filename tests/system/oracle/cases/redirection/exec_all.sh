# SPDX-License-Identifier: Apache-2.0
# exec redirects the shell itself
exec >f
echo inside
exec >&2
cat f
