# SPDX-License-Identifier: Apache-2.0
# fields and characters
printf 'a:b:c\nd:e:f\nnone\n' >f; cut -d: -f2 f; cut -d: -f1,3 f; cut -c1-3 f; cut -c2- f; cut -s -d: -f2- f; cut -b1,3 f
