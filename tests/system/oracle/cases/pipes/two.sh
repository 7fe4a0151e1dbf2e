# SPDX-License-Identifier: Apache-2.0
# one program into another
echo hello | sha256sum
echo "b a c" | tr ' ' '\n' | sort
