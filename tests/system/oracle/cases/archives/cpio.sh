# SPDX-License-Identifier: Apache-2.0
# out, in and pass
mkdir d; echo a >d/a; echo b >d/b; chmod 711 d/b
find d | sort | cpio -o -H newc 2>/dev/null >c; cpio -t <c 2>/dev/null
mkdir x; cd x; cpio -id <../c 2>/dev/null; ls -R; stat -c %a d/b
