# SPDX-License-Identifier: Apache-2.0
# path programs
basename /a/b/c.txt .txt; dirname /a/b/c; basename /; dirname a; dirname /; basename a//; realpath /usr/../etc/./passwd; which sh; type cd; command -v ls
