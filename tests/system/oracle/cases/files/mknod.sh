# SPDX-License-Identifier: Apache-2.0
# device nodes
mknod n c 1 3; echo x >n; cat n; mknod p p; stat -c %F n p; stat -c '%t,%T' n; mknod z c 1 5; head -c 3 z | od -An -tx1; mknod q c 250 9; cat q; echo $?
