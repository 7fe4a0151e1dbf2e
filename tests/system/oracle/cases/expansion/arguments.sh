# SPDX-License-Identifier: Apache-2.0
# too long a list of arguments
x=$(head -c 140000 /dev/zero | tr '\0' q)
/bin/echo "$x" >/dev/null 2>error; echo $?
sed 's/.*: //' error
x=$(head -c 120000 /dev/zero | tr '\0' q)
/bin/echo "$x" | wc -c
