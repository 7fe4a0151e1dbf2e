# SPDX-License-Identifier: Apache-2.0
# formats
printf 'Hello\n\001\377' >f; od f; od -c f; od -An -tx1 f; od -An -tu1 f; od -An -td2 f; od -Ad -tx4 f; od -j2 -N3 -c f
