# SPDX-License-Identifier: Apache-2.0
# xargs
seq 1 10 | xargs; seq 1 10 | xargs -n 3; echo 'a b c' | xargs -n 1 echo -; printf 'a\0b c\0' | xargs -0 -n 1 echo
printf 'x\ny\n' | xargs -I{} echo '<{}>'; echo | xargs -r echo no; echo 1 2 | xargs sh -c 'echo $0 $1'; false | xargs false; echo $?
echo 3 | xargs sh -c 'exit $0'; echo $?; echo a | xargs nosuch 2>/dev/null; echo $?
