# SPDX-License-Identifier: Apache-2.0
# the clock runs on
a=$(date +%s); sleep 1; b=$(date +%s); [ $((b - a)) -ge 1 ] && [ $((b - a)) -le 5 ] && echo "about a second"; [ $a -gt 1600000000 ] && echo "this century"
read -r up idle </proc/uptime; [ -n "$up" ] && echo uptime; time -f %x true
