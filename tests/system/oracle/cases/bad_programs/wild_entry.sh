# SPDX-License-Identifier: Apache-2.0
# an entry point that is not mapped
cp /bin/busybox p; printf '\000\000\000\000\000\000\000\000' | dd of=p bs=1 seek=24 conv=notrunc 2>/dev/null; /opt/tests/exec-errno ./p
printf '\000\000\020\000\000\200\377\377' | dd of=p bs=1 seek=24 conv=notrunc 2>/dev/null; /opt/tests/exec-errno ./p
printf '\377\377\377\377\377\177\000\000' | dd of=p bs=1 seek=24 conv=notrunc 2>/dev/null; /opt/tests/exec-errno ./p
