// SPDX-License-Identifier: Apache-2.0
#include "components/linux/nucleus/own_space.hpp"

#include <abi/nucleus.client.hpp>
#include <algorithm>

#include "components/linux/core/frame_pool.hpp"
#include "components/linux/nucleus/table_memory.hpp"
#include "lib/rt/objects.hpp"
#include "lib/rt/thread_block.hpp"

namespace tessera::lx {

namespace {

constexpr std::size_t kMostEntries = 56;

// Straight from the runtime, not from the guests' table memory: that needs the heap,
// which may be what grows here. Each from the fourth on is twice the last, for the
// nucleus takes 20; small ones where memory is short.
bool donate(std::uint64_t space) {
  static constinit std::uint64_t next = 0;
  const std::uint64_t most = std::min(kLeastTableBits + (next < 4 ? 0 : next - 3), kMostTableBits);
  for (std::uint64_t bits = most; bits >= kLeastTableBits; --bits) {
    const auto untyped = rt::objects().make(tessera::abi::ObjectType::untyped, bits);
    if (!untyped) continue;
    ++next;
    return tessera::abi::address_space_donate(space, *untyped).has_value();
  }
  return false;
}

}  // namespace

Result<void> map_own(std::uint64_t address, std::span<const Frame> frames) {
  const std::uint64_t space = rt::objects().own().space;
  auto& words = rt::current().message_page->words;
  while (!frames.empty()) {
    const auto part = frames.first(std::min(frames.size(), kMostEntries));
    for (std::size_t i = 0; i < part.size(); ++i)
      words[tessera::abi::kRegisterWords + i] = frame_map_entry(part[i]) | tessera::abi::kRightRead | tessera::abi::kRightWrite;
    const auto done = tessera::abi::address_space_map_list(space, address, part.size());
    if (!done) {
      if (done.error() == tessera::abi::Error::no_page_tables && donate(space)) continue;
      return fail(Errno::enomem);
    }
    address += part.size() * kPageBytes;
    frames = frames.subspan(part.size());
  }
  return {};
}

}  // namespace tessera::lx
