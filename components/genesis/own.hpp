// SPDX-License-Identifier: Apache-2.0
// Objects that genesis keeps for itself, and capabilities to what it gives.
#pragma once

#include <abi/nucleus.hpp>
#include <expected>

#include "components/genesis/store.hpp"

namespace tessera::genesis {

// Memory of 2^bits bytes out of the store, for good.
[[nodiscard]] std::expected<Handle, abi::Error> own_memory(unsigned bits);
// One object that takes all or part of an Untyped of the caller's, in a slot of genesis' table.
[[nodiscard]] std::expected<Handle, abi::Error> make_from(Handle untyped, abi::ObjectType type, unsigned bits = 0);
// A capability to a part of a Memory's range, page-aligned, in a slot of genesis' table.
[[nodiscard]] std::expected<Handle, abi::Error> part_of(Handle memory, std::uint64_t offset, std::uint64_t bytes);
// The registers of a device at these addresses, which are 2^bits bytes, aligned, in a slot of genesis' table.
[[nodiscard]] std::expected<Handle, abi::Error> device_memory(std::uint64_t physical, unsigned bits);
// Marks a slot as free whose capability went with what it was made from.
void forget(Handle& handle);

}  // namespace tessera::genesis
