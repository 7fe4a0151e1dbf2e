# SPDX-License-Identifier: Apache-2.0
# signals that do nothing
for s in CHLD WINCH URG CONT; do sh -c "kill -$s \$\$; echo lived"; echo $s $?; done
