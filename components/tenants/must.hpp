// SPDX-License-Identifier: Apache-2.0
// For what the ancestor does itself, which has to work.
#pragma once

#include <abi/nucleus.hpp>
#include <expected>
#include <string_view>

#include "lib/rt/log.hpp"
#include "lib/rt/panic.hpp"

namespace tessera::tenants {

template <typename T>
T must(std::expected<T, abi::Error> result, std::string_view what) {
  if (!result) {
    rt::log("{}: {}", what, result.error());
    rt::panic("the example cannot go on");
  }
  if constexpr (!std::is_void_v<T>) return *result;
}

}  // namespace tessera::tenants
