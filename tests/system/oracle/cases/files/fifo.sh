# SPDX-License-Identifier: Apache-2.0
# named pipes
mkfifo p; echo through >p & cat p; wait; stat -c '%F' p
mkfifo q; (for i in 1 2 3; do echo $i; done) >q & while read -r x; do echo "got $x"; done <q; wait; mkfifo p; echo $?
