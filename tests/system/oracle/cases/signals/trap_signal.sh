# SPDX-License-Identifier: Apache-2.0
# a trap for a signal
trap 'echo got USR1' USR1
kill -USR1 $$; echo after
trap 'echo int; exit 9' INT
(kill -INT $$; sleep 0.01); echo back
