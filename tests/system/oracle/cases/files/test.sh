# SPDX-License-Identifier: Apache-2.0
# every operator of test
echo x >f; : >e; mkdir d; ln -s f l; ln -s none b; mkfifo p; chmod 644 f; chmod 755 d; chmod u+s e
for t in '-e f' '-f f' '-d d' '-d f' '-L l' '-e b' '-L b' '-h l' '-s f' '-s e' '-p p' '-r f' '-x f' '-x d' '-u e' '-g e' '-k d' '-c /dev/null' '-b /dev/null' '-S f' '-e none' '-O f' '-G f' '-w f' '-t 0'; do test $t; echo "$t $?"; done
touch -d '2000-01-01 00:00:00' old; [ f -nt old ]; echo $?; [ old -ot f ]; echo $?; ln f g; [ f -ef g ]; echo $?
