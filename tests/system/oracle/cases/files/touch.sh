# SPDX-License-Identifier: Apache-2.0
# times
touch -d '1999-12-31 23:59:59' a; stat -c %Y a; touch -r a b; stat -c %Y b; touch -c c; ls; touch -t 202001020304.05 d; TZ=UTC date -r d -u +%F; touch -d @1000000000 e; stat -c '%X %Y' e; touch missing/x; echo $?
