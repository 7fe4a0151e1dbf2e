# SPDX-License-Identifier: Apache-2.0
# statuses
f() { return 7; }; f; echo $?
g() { false; return; }; g; echo $?
h() { :; }; false; h; echo $?
i() { return 300; }; i; echo $?
