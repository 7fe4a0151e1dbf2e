# SPDX-License-Identifier: Apache-2.0
# more than a pipe holds
{ echo 'cat <<X | md5sum'; yes 'a line of the here-document that is rather long' | head -n 5000; echo X; } >s
sh s
