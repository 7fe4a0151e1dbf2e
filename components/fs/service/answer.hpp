// SPDX-License-Identifier: Apache-2.0
// How a handler of the fs protocol says what became of a request.
#pragma once

#include "components/fs/service/wire.hpp"
#include "lib/service/server.hpp"

namespace tessera::fs {

template <typename R>
service::Outcome<R> done(std::size_t bytes = 0, typename R::Answer results = {}) {
  return service::Answered<R>{.results = results, .bytes = static_cast<std::uint32_t>(bytes)};
}

// With the struct that answers it.
template <typename R>
service::Outcome<R> done_with(const service::Asked& asked, const typename R::OutBuffer& value) {
  ring::store_struct(ring::answer_part<R>(asked.memory(), sizeof value), value);
  return done<R>(sizeof value);
}

template <typename R>
service::Outcome<R> done_or(const Result<void>& result) {
  if (!result) return std::unexpected(result.error());
  return done<R>();
}

}  // namespace tessera::fs
