# SPDX-License-Identifier: Apache-2.0
# ${x:-y} and its kin
unset u; e=
echo "${u-1} ${u:-2} ${e-3} ${e:-4} ${u+5} ${e+6} ${e:+7}."
echo "${n:=set} $n"
(echo "${u?gone}") 2>&1 | sed 's/.*: u/u/'
(echo "${e:?}") 2>&1 | sed 's/.*: e/e/'
