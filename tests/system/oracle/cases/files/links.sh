# SPDX-License-Identifier: Apache-2.0
# hard and symbolic
echo data >a; ln a b; stat -c %h a; ln -s a c; readlink c; cat c; rm a; cat b; cat c; echo $?; stat -c %h b
ln b b; echo $?; ln -s x c; echo $?; ln -sf x c; readlink c; mkdir d; ln -s ../b d; cat d/b; ln d e; echo $?
readlink -f d/b | sed 's/.*\///'; realpath . | sed 's/.*\///'; readlink b; echo $?
