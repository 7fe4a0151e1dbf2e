// SPDX-License-Identifier: Apache-2.0
// Unwraps a Result or returns its error from the enclosing function (not from a task).
#pragma once

#include <utility>

#include "components/fs/error.hpp"

namespace tessera::fs {

inline std::unexpected<Error> fail(Error error) { return std::unexpected(error); }

template <typename T>
T unwrap(Result<T>&& result) {
  return std::move(*result);
}
inline void unwrap(Result<void>&&) {}

}  // namespace tessera::fs

#define TRY(...)                                      \
  __extension__({                                     \
    auto tessera_result = (__VA_ARGS__);              \
    if (!tessera_result) [[unlikely]]                 \
      return ::std::unexpected(tessera_result.error()); \
    ::tessera::fs::unwrap(::std::move(tessera_result)); \
  })
