// SPDX-License-Identifier: Apache-2.0
// Who gets how much memory. First what every component needs to exist and what the
// manifest gives in bytes; then the shares, of what is left. All of a component's
// memory is of one node if one has enough; of the manifest's `node` if that says one.
#pragma once

#include <span>

#include "components/genesis/component.hpp"

namespace tessera::genesis {

// log2 of the slots of a component's table.
[[nodiscard]] unsigned table_bits_of(format::ComponentKind kind);

// Sets aside the chunks of every component. Fatal when the machine is too small.
void share_memory(std::span<Component> components);

}  // namespace tessera::genesis
