# SPDX-License-Identifier: Apache-2.0
# $(( )) in words
i=7; echo a$((i*2))b "$((i%4))" $((i<<2))
