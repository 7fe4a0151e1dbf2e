# SPDX-License-Identifier: Apache-2.0
# several files by name, parts of an archive, existing files kept
mkdir d; for i in 1 2 3 4 5; do echo $i >d/f$i; done
tar cf a.tar d/f1 d/f4; tar tf a.tar; tar cf b.tar d; tar tf b.tar | sort
tar xf b.tar d/f2 -O; mkdir x; tar xf b.tar -C x d/f3 d/f5; ls x/d; tar xf a.tar d/none 2>/dev/null; echo $?
echo mine >d/f1; tar xkf a.tar 2>/dev/null; cat d/f1; tar xf a.tar --overwrite; cat d/f1
tar cf - d | tar xf - --strip-components 1; ls; find d | cpio -o -H newc 2>/dev/null | cpio -t 2>/dev/null | sort
