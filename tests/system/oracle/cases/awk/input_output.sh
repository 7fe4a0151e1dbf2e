# SPDX-License-Identifier: Apache-2.0
# getline, pipes, files
awk 'BEGIN { while (("echo a; echo b" | getline l) > 0) print "got " l; close("echo a; echo b"); print "z\ny" | "sort"; close("sort"); print "to file" > "f"; close("f"); getline x < "f"; print x; print system("exit 3") }'
printf '1\n2\n' | awk '{ getline; print }'
