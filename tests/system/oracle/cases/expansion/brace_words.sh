# SPDX-License-Identifier: Apache-2.0
# braces are plain in this shell
echo {a,b}{1,2} a{b}c
