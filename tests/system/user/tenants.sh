#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Two tenants exchange a capability through a gate of their ancestor, and no other way;
# it is taken away again, and both sides' audit says so. The component itself checks
# each step; here that it took them all, and what the user sees.
. "$(dirname "$0")/../../support/check.sh"
root=$(cd "$(dirname "$0")/../../.." && pwd)

tessera run --timeout 60 --system "$root/systems/tenants.toml" </dev/null
has_status 0
has_no_errors

note "without a gate"
output_like "^the giver copies the page into the taker's table, which it can name: denied\$"
output_like '^it sends the page through an endpoint that is no gate: the message arrives without it$'

note "through the gate"
output_like '^the giver sends a Notification through it: the message arrives without it$'
output_like '^it sends all 16 KiB: the message arrives without it$'
output_like '^it sends the page: it arrives$'
output_like '^the taker may do with it: read$'
output_like '^it maps it to write: no_right$'
output_like '^it reads it: what the ancestor wrote there$'

note "taken away"
output_like '^the ancestor revokes the gate; the send that waits in it: cancelled$'
output_like '^the giver sends through it once more: stale_handle$'
output_like '^the taker reads the page: a page fault$'

note "both sides' records"
for side in giver taker; do
  output_like "^  $side's ring: denied memory, by giver, other side "
  output_like "^  $side's ring: delegate memory, by giver, other side "
  output_like "^  $side's ring: revoke memory, by the ancestor, other side none\$"
done
grep -q WRONG "$work/out" && { fail "something is not as it should be"; show; }
output_like '^all of this is as it should be$'
finish
