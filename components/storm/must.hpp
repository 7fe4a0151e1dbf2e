// SPDX-License-Identifier: Apache-2.0
// What the supervisor does has to work: a call of its own that fails is what the storm
// looks for, and ends it.
#pragma once

#include <abi/nucleus.hpp>
#include <expected>
#include <string_view>

namespace tessera::storm {

// Says in which round of which seed something went wrong, and ends the component.
[[noreturn]] void give_up(std::string_view what, std::string_view why);

// What give_up() says.
void set_round(std::uint64_t seed, std::uint64_t round);

template <typename T>
T must(std::expected<T, abi::Error> result, std::string_view what) {
  if (!result) give_up(what, abi::name(result.error()));
  if constexpr (!std::is_void_v<T>) return *result;
}

}  // namespace tessera::storm
