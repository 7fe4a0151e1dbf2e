// SPDX-License-Identifier: Apache-2.0
// Ranges as calls about memory take them.
#pragma once

#include <cstdint>

#include "components/linux/core/errno.hpp"
#include "components/linux/core/io_buffer.hpp"
#include "components/linux/memory/address_space.hpp"

namespace tessera::lx {

// Whole pages of a length; 0 when it overflows.
inline std::uint64_t whole_pages(std::uint64_t bytes) {
  return bytes > ~std::uint64_t{0} - kPageBytes ? 0 : page_up(bytes);
}

// An aligned start, the length rounded up; `beyond` for what ends above guests' memory.
inline Result<std::uint64_t> checked_range(std::uint64_t start, std::uint64_t bytes, Errno beyond) {
  if (start % kPageBytes != 0) return fail(Errno::einval);
  const std::uint64_t whole = whole_pages(bytes);
  if (whole == 0 && bytes != 0) return fail(beyond);
  if (start > kGuestLimit || whole > kGuestLimit - start) return fail(beyond);
  return whole;
}

// mlock and munlock round the start down.
inline Result<GuestRange> lock_range(std::uint64_t start, std::uint64_t bytes) {
  const std::uint64_t first = page_down(start);
  if (bytes > ~std::uint64_t{0} - kPageBytes - (start - first)) return fail(Errno::einval);
  const std::uint64_t whole = page_up(bytes + (start - first));
  if (whole > ~std::uint64_t{0} - first) return fail(Errno::einval);
  if (first + whole > kGuestLimit) return fail(Errno::enomem);
  return GuestRange{.address = first, .bytes = whole};
}

}  // namespace tessera::lx
