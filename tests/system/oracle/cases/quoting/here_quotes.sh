# SPDX-License-Identifier: Apache-2.0
# quotes inside of substitutions
echo "$(echo "in  ner" 'q"q')" `echo "a  b"`
echo "${none-"def  ault"}" ${none-'x y'}
