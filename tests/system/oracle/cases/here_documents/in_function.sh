# SPDX-License-Identifier: Apache-2.0
# with arguments
f() { cat <<END
arg: $1
all: $*
END
}
f one two
f "a  b" | tr a-z A-Z
