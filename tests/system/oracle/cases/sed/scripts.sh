# SPDX-License-Identifier: Apache-2.0
# -f and -e
printf 's/a/1/\ns/b/2/\n' >s; echo ab | sed -f s; echo ab | sed -e s/a/x/ -e s/b/y/
echo x | sed 's/x/a\nb/'; sed 'bad' /dev/null 2>/dev/null; echo $?
