# SPDX-License-Identifier: Apache-2.0
# each field of the ELF header spoiled
patch_at() { cp /bin/busybox p; printf "$2" | dd of=p bs=1 seek=$1 conv=notrunc 2>/dev/null; chmod 755 p; printf '%s: ' "$3"; /opt/tests/exec-errno ./p --help; }
patch_at 0 'X' magic; patch_at 4 '\001' "class 32"; patch_at 16 '\000' "type none"; patch_at 16 '\001' "type relocatable"; patch_at 16 '\004' "type core"
patch_at 18 '\267' machine; patch_at 54 '\001' "program header size"; patch_at 56 '\000\000' "no program headers"; patch_at 56 '\377\377' "too many program headers"; patch_at 32 '\377\377\377\377\377\377' "program header offset"
