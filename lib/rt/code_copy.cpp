// SPDX-License-Identifier: Apache-2.0
#include "lib/rt/code_copy.hpp"

#include <abi/nucleus.client.hpp>
#include <abi/start.hpp>
#include <algorithm>
#include <bit>

#include "lib/rt/raw_memory.hpp"

namespace tessera::rt {

// The linker's: code and constants lie before it, in pages of their own.
extern "C" const std::byte __bss_start;

namespace {

constexpr std::uint64_t kReadExecute = abi::kRightRead | abi::kRightExecute;
// What is built here has its landing pads.
constexpr std::uint64_t kMapped = kReadExecute | abi::kMapGuarded;

std::uint64_t code_pages() { return (address_of(&__bss_start) - abi::kImageAddress) / abi::kPageBytes; }

}  // namespace

std::expected<CodeCopy, abi::Error> CodeCopy::make() {
  const std::uint64_t bytes = code_pages() * abi::kPageBytes;
  const auto memory = objects().map_new(static_cast<std::uint64_t>(std::bit_width(bytes - 1)));
  if (!memory) return std::unexpected(memory.error());
  std::ranges::copy(bytes_at(abi::kImageAddress, bytes), bytes_at(memory->address, bytes).begin());
  CodeCopy made;
  made.copy_ = *memory;
  return made;
}

std::expected<std::uint64_t, abi::Error> CodeCopy::map_into(Handle space) const {
  const auto attachment = abi::address_space_attach(space, copy_.memory, kReadExecute);
  if (!attachment) return attachment;
  const auto done = abi::address_space_map(space, abi::kImageAddress, *attachment, 0, code_pages(), kMapped);
  if (!done) return std::unexpected(done.error());
  return attachment;
}

}  // namespace tessera::rt
