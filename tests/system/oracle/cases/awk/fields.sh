# SPDX-License-Identifier: Apache-2.0
# fields and separators
printf 'a b c\nd  e\tf\n' | awk '{ print $2, NF, $NF }'
awk -F: '{ print $1 "=" $3 }' /etc/passwd
echo a,b,c | awk -F, -v OFS=- '{ $1 = $1; print; $5 = "x"; print; NF = 2; print }'
