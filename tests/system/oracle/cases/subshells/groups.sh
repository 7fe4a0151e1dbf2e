# SPDX-License-Identifier: Apache-2.0
# { } in the same shell
x=1; { x=2; }; echo $x
{ cd /tmp; }; pwd
