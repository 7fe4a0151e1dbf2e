# SPDX-License-Identifier: Apache-2.0
# inside of command substitution
x=$(cat <<END
inner $((2*3))
END
)
echo "[$x]"
