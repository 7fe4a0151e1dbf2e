# SPDX-License-Identifier: Apache-2.0
# patterns of case
for w in apple banana cherry date '' '*' 'a b' x1; do
  case $w in
    a*e) echo "1 $w";;
    banana|cherry) echo "2 $w";;
    \*) echo "3 $w";;
    [a-z][0-9]) echo "4 $w";;
    '') echo "5 empty";;
    *\ *) echo "6 $w";;
    *) echo "7 $w";;
  esac
done
