# SPDX-License-Identifier: Apache-2.0
# z and j
mkdir d; seq 1 1000 >d/f
tar czf d.tgz d; tar tzf d.tgz; tar xzOf d.tgz d/f | md5sum
tar cf - d | gzip | gunzip | tar xf - -C / -O | md5sum
tar cjf d.tbz d; tar xjOf d.tbz d/f | md5sum
tar tf d.tgz; tar xf missing.tar 2>/dev/null; echo $?
