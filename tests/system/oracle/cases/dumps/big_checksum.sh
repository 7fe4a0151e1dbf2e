# SPDX-License-Identifier: Apache-2.0
# one MiB
head -c 1048576 /dev/zero >f; sha256sum f; md5sum f; sha1sum f; cp f g; cmp f g && echo same; truncate -s 1048577 g; cmp f g; ls -l g | awk '{ print $5 }'
