# SPDX-License-Identifier: Apache-2.0
# twenty producers through one fifo
mkfifo p; cat p >all & c=$!; for i in $(seq 1 20); do (seq $((i * 100)) $((i * 100 + 49)) >&5) & done 5>p; wait; sort -n all | md5sum; wc -l <all
