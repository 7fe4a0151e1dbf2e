# SPDX-License-Identifier: Apache-2.0
# lines that name interpreters
printf '#!/bin/sh\necho "run $1"; exit 2\n' >a; chmod 755 a; ./a x; echo $?
printf '#! /bin/sh -e\nfalse\necho no\n' >b; chmod 755 b; ./b; echo $?
printf '#!/bin/cat\nthis file\n' >c; chmod 755 c; ./c; echo $?
printf '#!/bin/echo one two  three \n' >d; chmod 755 d; ./d arg | sed 's/ *$//'
printf '#!/no/such/interpreter\n' >e; chmod 755 e; ./e; echo $?
printf '#!./a\n' >f; chmod 755 f; ./f; echo $?
printf '#!\n' >g; chmod 755 g; ./g; echo $?
