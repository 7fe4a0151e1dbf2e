# SPDX-License-Identifier: Apache-2.0
# several files and directories
mkdir d; echo needle >d/a; echo hay >d/b; echo needle >c
grep needle c d/a; grep -h needle c d/a; grep -r needle . | sort; grep -rl needle . | sort; grep -L needle c d/b; grep -s x missing; echo $?
