// SPDX-License-Identifier: Apache-2.0
#include "lib/rt/stacks.hpp"

#include <abi/nucleus.client.hpp>
#include <algorithm>
#include <memory>

#include "lib/rt/raw_memory.hpp"

namespace tessera::rt {

namespace {
constinit Stacks instance;
constexpr std::uint64_t kReadWrite = abi::kRightRead | abi::kRightWrite;
}  // namespace

Stacks& stacks() { return instance; }

std::expected<void, abi::Error> Stacks::grow() {
  if (slab_count_ == slabs_.size()) return std::unexpected(abi::Error::no_memory);
  const unsigned bits = std::min(kFirstSlabBits + static_cast<unsigned>(slab_count_), kLastSlabBits);
  const auto memory = objects().make(abi::ObjectType::memory, bits);
  if (!memory) return std::unexpected(memory.error());
  const std::uint64_t bytes = std::uint64_t{1} << bits;
  const auto attachment = abi::address_space_attach(objects().own().space, *memory, kReadWrite);
  if (!attachment) {
    objects().discard(*memory);
    return std::unexpected(attachment.error());
  }
  slabs_[slab_count_] = {.mapping = {.address = objects().reserve_addresses(bytes), .bytes = bytes, .memory = *memory,
                                     .attachment = *attachment},
                         .places = bytes / kPlaceBytes};
  ++slab_count_;
  next_place_ = 0;
  return {};
}

// Only used places are mapped; the page between message page and stack never is.
std::expected<void, abi::Error> Stacks::map_place(const Slab& slab, std::uint64_t number) {
  const std::uint64_t offset = number * kPlaceBytes, address = slab.mapping.address + offset;
  const Handle space = objects().own().space;
  const auto page = abi::address_space_map(space, address, slab.mapping.attachment, offset, 1, kReadWrite);
  if (!page) return std::unexpected(page.error());
  const auto stack = abi::address_space_map(space, address + 2 * abi::kPageBytes, slab.mapping.attachment,
                                            offset + 2 * abi::kPageBytes, kPlaceBytes / abi::kPageBytes - 2, kReadWrite);
  if (stack) return {};
  (void)abi::address_space_unmap(space, address, kPlaceBytes / abi::kPageBytes);
  return std::unexpected(stack.error());
}

StackPlace Stacks::describe(const Slab& slab, std::uint64_t number) const {
  const std::uint64_t offset = number * kPlaceBytes, address = slab.mapping.address + offset;
  auto* block = std::construct_at(&object_at<ThreadBlock>(address + kPlaceBytes - kThreadBlockBytes));
  block->self = block;
  block->message_page = &object_at<abi::MessagePage>(address);
  return {.block = block, .memory = slab.mapping.memory, .message_offset = offset};
}

std::expected<StackPlace, abi::Error> Stacks::take() {
  const LockGuard guard(lock_);
  if (ThreadBlock* block = free_; block != nullptr) {
    free_ = block->next_free;
    const std::uint64_t address = address_of(block);
    for (const Slab& slab : std::span(slabs_).first(slab_count_)) {
      if (address - slab.mapping.address < slab.mapping.bytes) return describe(slab, (address - slab.mapping.address) / kPlaceBytes);
    }
  }
  if (slab_count_ == 0 || next_place_ == slabs_[slab_count_ - 1].places) {
    if (const auto grown = grow(); !grown) return std::unexpected(grown.error());
  }
  const Slab& slab = slabs_[slab_count_ - 1];
  if (const auto mapped = map_place(slab, next_place_); !mapped) return std::unexpected(mapped.error());
  const std::uint64_t number = next_place_;
  ++next_place_;
  return describe(slab, number);
}

void Stacks::give_back(ThreadBlock& block) {
  const LockGuard guard(lock_);
  block.next_free = free_;
  free_ = &block;
}

}  // namespace tessera::rt
