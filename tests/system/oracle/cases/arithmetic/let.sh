# SPDX-License-Identifier: Apache-2.0
# let and (( in this shell
let x=3+4; echo $x
let 'x = x * 2' y=x+1; echo $x $y
let 0; echo $?
