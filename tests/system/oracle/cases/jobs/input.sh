# SPDX-License-Identifier: Apache-2.0
# background jobs read nothing
cat & wait $!; echo $?
echo data | { cat & wait; }
