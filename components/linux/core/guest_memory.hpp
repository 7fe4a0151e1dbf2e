// SPDX-License-Identifier: Apache-2.0
// Fault-safe access to the memory of the current thread's process. Each function
// checks that the range lies below guest_limit, makes pages present as the
// guest's own access would (copy-on-write, demand-zero, stack growth), and
// answers EFAULT where that access would fault.
// A guest's memory may change between two reads of it: read once, then check.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "components/linux/core/errno.hpp"

namespace tessera::lx {

Result<void> copy_from_guest(std::span<std::byte> to, std::uint64_t from);
Result<void> copy_to_guest(std::uint64_t to, std::span<const std::byte> from);
// As far as possible: bytes moved before the first fault.
std::size_t copy_from_guest_partial(std::span<std::byte> to, std::uint64_t from);
std::size_t copy_to_guest_partial(std::uint64_t to, std::span<const std::byte> from);
std::size_t clear_guest_partial(std::uint64_t to, std::size_t count);
// A zero-terminated string, at most `to.size()` bytes with its zero: the view is
// into `to`, without the zero. ENAMETOOLONG when it does not end.
Result<std::string_view> string_from_guest(std::span<char> to, std::uint64_t from);

template <typename T>
Result<T> read_guest(std::uint64_t from) {
  static_assert(__is_trivially_copyable(T));
  T value{};
  if (auto done = copy_from_guest(std::as_writable_bytes(std::span<T, 1>(&value, 1)), from); !done)
    return std::unexpected(done.error());
  return value;
}

template <typename T>
Result<void> write_guest(std::uint64_t to, const T& value) {
  static_assert(__is_trivially_copyable(T));
  return copy_to_guest(to, std::as_bytes(std::span<const T, 1>(&value, 1)));
}

}  // namespace tessera::lx
