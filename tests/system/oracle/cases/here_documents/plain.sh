# SPDX-License-Identifier: Apache-2.0
# expansion inside
x=world
cat <<END
hello $x $(echo sub) $((1+2)) \$x \\ "quoted" 'single'
END
