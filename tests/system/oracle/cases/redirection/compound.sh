# SPDX-License-Identifier: Apache-2.0
# loops, groups and functions redirected
for i in 1 2 3; do echo $i; done >f; cat f
while read -r x; do echo "r$x"; done <f
f() { echo infunction; } >g; f; cat g
if true; then echo yes; fi >h; cat h
{ read -r a; read -r b; } <f; echo $a$b
