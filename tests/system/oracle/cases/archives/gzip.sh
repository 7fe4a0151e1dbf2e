# SPDX-License-Identifier: Apache-2.0
# there and back
seq 1 5000 >f; md5sum <f
gzip f; ls; gunzip f.gz; ls; md5sum <f
gzip -c f | zcat | md5sum; gzip -9 <f | gzip -d | md5sum
gzip -t f 2>/dev/null; echo $?; echo x | gunzip 2>/dev/null; echo $?
