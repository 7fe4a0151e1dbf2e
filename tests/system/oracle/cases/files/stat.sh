# SPDX-License-Identifier: Apache-2.0
# formats of stat
echo hello >f; chmod 4755 f; touch -d '2010-10-10 10:10:10' f; mkdir d; ln -s f l
stat -c '%n %s %a %A %F %h %u %g %U %G %Y' f; stat -c '%n %a %F' d; stat -c '%N %F %s' l; stat -L -c '%F' l; stat -c %F /dev/null; stat missing; echo $?
stat -c '%t %T' /dev/null /dev/zero
