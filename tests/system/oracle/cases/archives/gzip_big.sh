# SPDX-License-Identifier: Apache-2.0
# one MiB that does not compress
i=0; while [ $i -lt 16 ]; do echo $i | sha256sum; i=$((i+1)); done | tr -d ' -' >seed
awk 'BEGIN { x = 12345; for (i = 0; i < 131072; i++) { x = (x * 1103515245 + 12345) % 2147483648; printf "%08x", x } }' >f
wc -c <f; md5sum <f; gzip -c f | gunzip | md5sum
