# SPDX-License-Identifier: Apache-2.0
# patterns and options
printf 'apple\nBanana\ncherry pie\napple tart\n\n' >f
grep apple f; grep -c apple f; grep -n an f; grep -i banana f; grep -v apple f
grep -w app f; grep -x apple f; grep -l apple f /etc/passwd; grep -q apple f; echo $?
grep -o 'p[a-z]*' f
