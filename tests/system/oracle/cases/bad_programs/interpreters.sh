# SPDX-License-Identifier: Apache-2.0
# first lines that lead nowhere
try() { printf "$1" >s; chmod 755 s; printf '%s: ' "$2"; /opt/tests/exec-errno ./s; }
try '#!/no/such\n' missing; try '#!\n' none; try '#!   \n' spaces; try '#!/tmp\n' directory; try '#!/etc/passwd\n' "not executable"; try '#!./s\n' itself; try '#' "one byte"; try '#!' "two bytes"; try '#!/bin/true' "no line end"; try '#!/bin/true\r\n' "carriage return"
printf '#!/%s\n' $(printf '%300s' | tr ' ' x) >s; /opt/tests/exec-errno ./s; printf '#!/bin/echo %s\n' $(printf '%300s' | tr ' ' x) >s; ./s | wc -c
