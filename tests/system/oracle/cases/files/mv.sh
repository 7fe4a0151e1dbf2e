# SPDX-License-Identifier: Apache-2.0
# rename and replace
echo a >a; echo b >b; mv a b; cat b; ls; mkdir d; mv b d; cat d/b; mv d e; ls e; mv missing x; echo $?
mkdir f; echo x >f/b; mv e/b f; cat f/b; mv f f/g; echo $?; mkdir -p q/w; mkdir -p w/full; touch w/full/x; mv w q; echo $?; touch p; mv e p; echo $?
mv -n p f/b; cat f/b; ls
