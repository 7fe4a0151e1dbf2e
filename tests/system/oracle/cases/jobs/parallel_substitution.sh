# SPDX-License-Identifier: Apache-2.0
# substitutions with children inside
x=$(sleep 0.1 & echo now; wait)
echo $x
echo $( (sleep 0.1; echo slow) & echo fast; wait)
