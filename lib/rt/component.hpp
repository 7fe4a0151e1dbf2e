// SPDX-License-Identifier: Apache-2.0
// What a component supplies and what the runtime has ready when it is called.
#pragma once

#include "lib/rt/start.hpp"

namespace tessera::rt {

// The component's start page; valid from before static objects are initialised.
[[nodiscard]] const Start& start();

}  // namespace tessera::rt

// Written by the component. What it returns is its exit status.
int component_main(const tessera::rt::Start& start);
