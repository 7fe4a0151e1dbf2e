# SPDX-License-Identifier: Apache-2.0
# md5, sha1, sha256, sha512, sha3, crc32
printf 'abc' >f; for p in md5sum sha1sum sha256sum sha512sum sha3sum crc32; do $p f; done
md5sum f >m; md5sum -c m; echo x >>f; md5sum -c m; echo $?; sha256sum </dev/null
