# SPDX-License-Identifier: Apache-2.0
# what cannot be opened
cat <missing; echo $?
echo x >/nowhere/file; echo $?
echo x >/; echo $?
{ echo in; } <missing || echo skipped
