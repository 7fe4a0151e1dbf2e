// SPDX-License-Identifier: Apache-2.0
// A host tool's failure is one sentence for the person who ran it.
#pragma once

#include <cerrno>
#include <cstring>
#include <expected>
#include <string>
#include <utility>

namespace tessera::tools {

struct Failure {
  std::string message;
};

template <typename T>
using Result = std::expected<T, Failure>;

[[nodiscard]] inline std::unexpected<Failure> fail(std::string message) {
  return std::unexpected(Failure{std::move(message)});
}

// "WHAT: No such file or directory", from errno.
[[nodiscard]] inline std::unexpected<Failure> fail_errno(const std::string& what) {
  return fail(what + ": " + std::strerror(errno));
}

template <typename T>
[[nodiscard]] T unwrap(Result<T>&& result) {
  return std::move(*result);
}
inline void unwrap(Result<void>&&) {}

}  // namespace tessera::tools

// Unwraps a Result or returns its failure from the enclosing function.
#define TRY(...)                                            \
  __extension__({                                           \
    auto tessera_result = (__VA_ARGS__);                    \
    if (!tessera_result) [[unlikely]]                       \
      return ::std::unexpected(tessera_result.error());     \
    ::tessera::tools::unwrap(::std::move(tessera_result));  \
  })
