// SPDX-License-Identifier: Apache-2.0
// Every failure in the nucleus is a value: the ABI's error codes.
#pragma once

#include <abi/nucleus.hpp>
#include <cstdint>
#include <expected>
#include <utility>

namespace tessera::nucleus {

using abi::Error;

template <typename T>
using Result = std::expected<T, Error>;

[[nodiscard]] inline std::unexpected<Error> fail(Error error) { return std::unexpected(error); }

}  // namespace tessera::nucleus

// Unwraps a Result or returns its error from the enclosing function.
#define TRY(...)                                                    \
  ({                                                                \
    auto tessera_result = (__VA_ARGS__);                            \
    if (!tessera_result) [[unlikely]]                               \
      return ::std::unexpected(tessera_result.error());             \
    ::tessera::nucleus::unwrap(::std::move(tessera_result));        \
  })

namespace tessera::nucleus {
// Of a result that cannot be an error where it is used: the machine stops when it is one.
template <typename T>
[[nodiscard]] T unwrap(Result<T>&& result) {
  if (!result) [[unlikely]] __builtin_trap();
  return std::move(*result);
}
inline void unwrap(Result<void>&& result) {
  if (!result) [[unlikely]] __builtin_trap();
}
}  // namespace tessera::nucleus
