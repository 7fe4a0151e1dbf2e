# SPDX-License-Identifier: Apache-2.0
# no expansion with a quoted word
x=world
cat <<'END'
hello $x $(echo sub) \\ `x`
END
