// SPDX-License-Identifier: Apache-2.0
// Puts a program into an address space.
#pragma once

#include <expected>
#include <string_view>

#include "components/genesis/component.hpp"
#include "lib/format/elf.hpp"

namespace tessera::genesis {

// What a program asks for, where the component's image is to be.
[[nodiscard]] format::Parsed<format::LoadPlan> plan_program(const Component& component, std::span<const std::byte> program);

// Copies the program's segments into `memory` and maps them in `space`, each with
// its own rights. What the file does not fill is zeroed.
[[nodiscard]] std::expected<void, abi::Error> load_program(const format::LoadPlan& plan, std::span<const std::byte> file,
                                                           Handle memory, Handle space);

}  // namespace tessera::genesis
