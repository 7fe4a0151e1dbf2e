# SPDX-License-Identifier: Apache-2.0
# newlines, spaces, bytes above 127
touch 'a b' "c
d" "$(printf '\303\244')" "$(printf '\377x')" '*' '-' './-n'
ls | od -c; ls -Q 2>/dev/null | wc -l; for f in *; do printf '[%s]' "$f"; done | od -An -c; rm -- *; ls
