# SPDX-License-Identifier: Apache-2.0
# quoted stars stay stars
touch a1 a2 'b*' '[x]'
echo a* "a*" 'b*' b\* [ab]* "[x]" \[x]
echo nothing*
x='a*'; echo $x "$x"
