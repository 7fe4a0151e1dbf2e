# SPDX-License-Identifier: Apache-2.0
# names and numbers
for n in 1 2 3 9 13 14 15 17 18 19 20; do kill -l $n; done
kill -l TERM; kill -l 137
