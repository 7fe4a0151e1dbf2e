# SPDX-License-Identifier: Apache-2.0
# a grandchild outlives its parent
sh -c '(sleep 0.3; echo late >f) & exit 0'
while [ ! -s f ]; do sleep 0.1; done
cat f
