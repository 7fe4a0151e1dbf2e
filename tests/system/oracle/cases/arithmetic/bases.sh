# SPDX-License-Identifier: Apache-2.0
# hex and octal
echo $((0x1f)) $((010)) $((0xFFFFFFFF)) $((16#ff)) $((2#1011))
