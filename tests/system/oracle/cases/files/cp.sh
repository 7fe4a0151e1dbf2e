# SPDX-License-Identifier: Apache-2.0
# copies and attributes
echo data >a; chmod 751 a; touch -d '2000-01-01 00:00:00' a; cp a b; cmp a b; stat -c %a b; cp -p a c; stat -c '%a %Y' c
mkdir -p d/e; ln -s ../a d/l; echo x >d/e/f; cp -r d g; cat g/e/f; cp -a d h; readlink h/l; stat -c %a h; cp d z; echo $?; cp a a; echo $?
cp missing x; echo $?; cp a b d; ls d; cp -d d/l i; readlink i; cp -L d/l j; cat j; ln a k; cp -a a k m n 2>/dev/null; echo $?
