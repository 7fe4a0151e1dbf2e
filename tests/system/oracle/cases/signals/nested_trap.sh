# SPDX-License-Identifier: Apache-2.0
# a trap that sends a signal
trap 'echo one; kill -USR2 $$; echo one ends' USR1
trap 'echo two' USR2
kill -USR1 $$
echo end
