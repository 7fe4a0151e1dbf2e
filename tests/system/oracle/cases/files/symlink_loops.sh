# SPDX-License-Identifier: Apache-2.0
# too many levels
ln -s a b; ln -s b a; cat a; echo $?; ls a/x; echo $?; cd a; echo $?; ln -s self self; cat self; echo $?
echo end >l0; i=0; while [ $i -lt 40 ]; do ln -s l$i l$((i+1)); i=$((i+1)); done; cat l39; cat l40; echo $?; ln -s l40 l41; cat l41; echo $?
