# SPDX-License-Identifier: Apache-2.0
# loops over words
for i in a "b c" d; do echo "<$i>"; done
set -- x y; for i; do echo $i; done
for i in; do echo never; done; echo $?
for i in 1 2 3; do :; done; echo $i
