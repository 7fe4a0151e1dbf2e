# SPDX-License-Identifier: Apache-2.0
# segments at bad addresses and sizes
try() { cp /bin/busybox p; o=$((64 + $1)); printf "$2" | dd of=p bs=1 seek=$o conv=notrunc 2>/dev/null; printf '%s: ' "$3"; /opt/tests/exec-errno ./p --help; }
try 16 '\000\000\020\000\000\200\377\377' "address of the kernel"
try 16 '\000\360\377\377\377\177\000\000' "last page"
try 40 '\377\377\377\377\377\177\000\000' "huge memory size"
try 8 '\001' "unaligned offset"
