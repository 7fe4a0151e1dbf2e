# SPDX-License-Identifier: Apache-2.0
# escapes outside of quotes
printf '%s\n' a\ b \* \\ \' \" con\
tinued
