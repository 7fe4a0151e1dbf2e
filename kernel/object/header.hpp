// SPDX-License-Identifier: Apache-2.0
// First word of every object that has memory of its own in the nucleus.
#pragma once

#include <cstdint>

namespace tessera::nucleus {

struct ObjectHeader {
  std::uint32_t references = 0;  // slots that hold a capability for it
};

}  // namespace tessera::nucleus
