# SPDX-License-Identifier: Apache-2.0
# env and export
x=1; export y=2; sh -c 'echo "[$x][$y]"'; z=3 sh -c 'echo $z'; echo "[$z]"; env -i a=1 b=2 env; env -u y sh -c 'echo "[$y]"'; export -p | grep ' y='; unset y; sh -c 'echo "[$y]"'
env | grep -c '^PATH='; env nosuch; echo $?; readonly r=1; (r=2) 2>/dev/null; echo $?
