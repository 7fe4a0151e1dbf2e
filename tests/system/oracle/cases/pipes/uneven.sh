# SPDX-License-Identifier: Apache-2.0
# block sizes that do not fit together
yes 0123456789abcde | head -c 300000 | dd bs=777 2>/dev/null | dd bs=4099 2>/dev/null | dd obs=123 2>/dev/null | md5sum
