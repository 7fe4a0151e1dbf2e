# SPDX-License-Identifier: Apache-2.0
# a pipeline of sixty programs
line='echo start'
n=0
while [ $n -lt 60 ]; do
  line="$line | sed s/^/$((n % 10))/"
  n=$((n + 1))
done
eval "$line"
