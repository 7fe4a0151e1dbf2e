# SPDX-License-Identifier: Apache-2.0
# one stream to several files
echo x | tee a b | cat; cat a b; echo y | tee -a a >/dev/null; cat a; echo z | tee /nowhere/x 2>/dev/null; echo $?
