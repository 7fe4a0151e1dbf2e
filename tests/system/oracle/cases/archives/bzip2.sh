# SPDX-License-Identifier: Apache-2.0
# there and back
seq 1 20000 >f; md5sum <f
bzip2 f; ls; bunzip2 f.bz2; md5sum <f; bzip2 -c f | bzcat | md5sum
