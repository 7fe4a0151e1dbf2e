# SPDX-License-Identifier: Apache-2.0
# a background job's output to a file
{ echo background; sleep 0.1; echo done; } >f &
echo foreground
wait; cat f
