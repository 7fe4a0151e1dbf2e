# SPDX-License-Identifier: Apache-2.0
# variables change
x=5; echo $((x+=3)) $x $((x*=2)) $((x--)) $((--x)) $((x<<=1)) $x
echo $((y=4, y+1)) $y
z=x; echo $((z + 1))
