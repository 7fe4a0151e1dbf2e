// SPDX-License-Identifier: Apache-2.0
#include "lib/ddk/mapped_registers.hpp"

#include "lib/rt/system_call.hpp"

namespace tessera::ddk {

void MappedRegisters::pause() { rt::yield(); }

}  // namespace tessera::ddk
