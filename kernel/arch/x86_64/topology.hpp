// SPDX-License-Identifier: Apache-2.0
// The machine's nodes, as firmware's tables tell. What contradicts itself, or leaves
// out a core or RAM, is not believed: a line in the log says why, and the machine is
// one node.
#pragma once

#include "acpi.hpp"
#include "kernel/boot/topology.hpp"

namespace tessera::nucleus::arch {

Topology read_topology(const AcpiFacts& acpi, const BootFacts& boot);

}  // namespace tessera::nucleus::arch
