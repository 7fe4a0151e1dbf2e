// SPDX-License-Identifier: Apache-2.0
// The end of a component: by its own doing (exit) or because it cannot go on
// (panic). Genesis restarts it or powers off, as the manifest says.
#pragma once

#include <cstdint>
#include <string_view>

namespace tessera::rt {

// Tells the supervisor and does not return.
[[noreturn]] void exit(std::uint64_t status);
[[noreturn]] void panic(std::string_view text);

}  // namespace tessera::rt
