// SPDX-License-Identifier: Apache-2.0
// expect: no matching function for call to 'direct_span'
// A number is not taken for a physical address.
#include "kernel/support/addresses.hpp"

using namespace tessera::nucleus;

std::size_t bytes_at(std::uint64_t number);
std::size_t bytes_at(std::uint64_t number) {
#ifdef MUST_NOT_COMPILE
  return direct_span<std::byte>(number, 4).size();
#else
  return direct_span<std::byte>(PhysAddr{number}, 4).size();
#endif
}
