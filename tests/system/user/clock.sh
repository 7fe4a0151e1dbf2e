#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The machine's clock (components/drivers/rtc) as programs see it: /dev/rtc0, read and set by hwclock, also by another life of its driver.
. "$(dirname "$0")/../../support/check.sh"
root=$(cd "$(dirname "$0")/../../.." && pwd)

cat >"$work/qemu" <<'END'
#!/bin/bash
for word in "$@"; do [[ $word == virt* && $word == *gic* ]] && arm=1; done
exec "qemu-system-$([ -n "${arm:-}" ] && echo aarch64 || echo x86_64)" "$@" -rtc base=2031-02-03T04:05:06
END
chmod +x "$work/qemu"
export TESSERA_QEMU="$work/qemu"

note "read, set, read"
tessera run --timeout 60 --log "$work/log" --system "$root/systems/clock.toml" -- sh -c 'hwclock -r -u && TZ=UTC+5 hwclock -w -l && hwclock -r -u && date -u +%F' </dev/null
has_status 0
has_no_errors
output_like '^Mon Feb  3 04:0[5-9]:.. 2031'
output_like '^Sun Feb  2 23:0[5-9]:.. 2031'
output_like '^2031-02-03$'

note "who may not"
tessera run --timeout 60 --system "$root/systems/clock.toml" -- sh -c 'chmod 666 /dev/rtc0; su -s /bin/sh nobody -c "hwclock -r -u; hwclock -w -u"' </dev/null
has_status 1
output_like '^Mon Feb  3 04:0[5-9]:.. 2031'
errors_like 'Permission denied'

note "no driver"
tessera run --timeout 60 -- sh -c 'ls /dev/rtc0; hwclock -r -u' </dev/null
has_status 1
has_no_output
finish
