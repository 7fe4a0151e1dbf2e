# SPDX-License-Identifier: Apache-2.0
# lines and ranges
seq 1 10 | sed -n '3p'; seq 1 10 | sed -n '2,4p'; seq 1 10 | sed '5,$d'; seq 1 10 | sed -n '/3/,/6/p'
seq 1 10 | sed -n '$p'; seq 1 10 | sed '1~3d'; seq 1 10 | sed -n '2!p' | head -n 3; seq 1 10 | sed -n '/8/,+1p'
