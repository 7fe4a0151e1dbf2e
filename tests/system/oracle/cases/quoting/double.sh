# SPDX-License-Identifier: Apache-2.0
# what double quotes let through
x='a  b'
echo "$x" $x "${x}" '$x' \$x "\$x" "\\" "\"" "\`"
echo "a
b"
