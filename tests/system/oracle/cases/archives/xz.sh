# SPDX-License-Identifier: Apache-2.0
# decompression of xz and lzma
echo /Td6WFoAAATm1rRGAgAhARwAAAAQz1jMAQAFaGVsbG8KAAAApWCX8ZT2/eAAAR4GwS+kHR+2830BAAAAAARZWg== | base64 -d >f.xz
xz -d -c f.xz; xzcat f.xz; echo $?
unxz f.xz; ls; cat f; echo bad | xz -d 2>/dev/null; echo $?
echo XQAAgAD//////////wA0GUnujd09Ot///90SAAA= | base64 -d | lzcat
