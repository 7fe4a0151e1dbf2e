# SPDX-License-Identifier: Apache-2.0
# fixed times
export TZ=UTC; date -u -d @0; date -u -d @1000000000 '+%Y-%m-%d %H:%M:%S %j %a %b'; date -u -d '2024-02-29 12:00:00' +%s; TZ=EST5EDT date -d @1720000000; date -d '2000-01-01 00:00:00' +%A; date -d nonsense 2>/dev/null; echo $?; date -u -d @4102444800 -Iseconds; cal 2 2024
