# SPDX-License-Identifier: Apache-2.0
# other descriptors
exec 5>five 6>&1
echo to five >&5; echo to six >&6
exec 5>&- 6>&-
cat five
echo closed 2>/dev/null >&5 || echo "bad descriptor"
