// SPDX-License-Identifier: Apache-2.0
// Who is told that the system has failed beyond repair, before the machine is switched off: the components with the grant `failure`
// (components/drivers/pvpanic). A notification that they wait on, and one that they raise when they have done what they do then.
#pragma once

#include "components/genesis/gift.hpp"

namespace tessera::genesis {

// Grants `failure` and `failure.told`.
void give_failure(Gift& gift);
// Waits for the answer a second at most; not at all where nobody has the grant. By any thread of genesis.
void tell_failure();

}  // namespace tessera::genesis
