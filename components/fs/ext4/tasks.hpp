// SPDX-License-Identifier: Apache-2.0
// Runs operations: again and again until all blocks that they want are there and there is room for what
// they change. Between two attempts others run; within one nobody does.
#pragma once

#include <type_traits>

#include "components/fs/ext4/operation.hpp"
#include "components/fs/ext4/transaction.hpp"
#include "components/fs/ext4/volume.hpp"

namespace tessera::fs::ext4 {

inline constexpr unsigned kMostAttempts = 100'000;  // of an operation: each brought something in

// What an operation wanted that ended with this error is done; an error: it cannot be, or that was no such wish.
Io<> provide(Volume& volume, Error wish, std::uint64_t block, std::uint32_t count);

// An operation that changes nothing.
template <typename F>
rt::Task<std::invoke_result_t<F&, Operation&>> look(Volume& volume, F body) {
  for (unsigned attempt = 0; attempt < kMostAttempts; ++attempt) {
    Error wish{};
    std::uint64_t block = 0;
    std::uint32_t count = 0;
    {
      Operation operation(volume);
      auto result = body(operation);
      if (result) co_return result;
      wish = result.error();
      block = operation.missing;
      count = operation.missing_count;
    }
    if (const Result<void> done = co_await provide(volume, wish, block, count); !done) co_return fail(done.error());
  }
  co_return fail(Error::no_memory);
}

// One that does.
template <typename F>
rt::Task<std::invoke_result_t<F&, Operation&>> change(Volume& volume, F body) {
  for (unsigned attempt = 0; attempt < kMostAttempts; ++attempt) {
    if (volume.gate) {
      if (!co_await volume.moved.wait()) co_return fail(Error::io);
      continue;
    }
    if (volume.read_only) co_return fail(Error::read_only);
    Error wish{};
    std::uint64_t block = 0;
    std::uint32_t count = 0;
    {
      Operation operation(volume);
      auto result = body(operation);
      if (result) {
        operation.finish();
        co_return result;
      }
      wish = result.error();
      block = operation.missing;
      count = operation.missing_count;
    }
    if (const Result<void> done = co_await provide(volume, wish, block, count); !done) co_return fail(done.error());
  }
  co_return fail(Error::no_memory);
}

}  // namespace tessera::fs::ext4
