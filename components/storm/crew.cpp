// SPDX-License-Identifier: Apache-2.0
#include "components/storm/crew.hpp"

#include <abi/nucleus.client.hpp>

#include "components/storm/must.hpp"
#include "lib/rt/raw_memory.hpp"

namespace tessera::storm {

namespace {

constexpr std::uint64_t kReadWrite = abi::kRightRead | abi::kRightWrite;

void map(rt::Handle space, std::uint64_t expected, rt::Handle memory, std::uint64_t address, std::uint64_t bytes, std::uint64_t may,
         std::uint64_t rights) {
  const auto attachment = must(abi::address_space_attach(space, memory, may), "attach");
  if (attachment != expected) give_up("attach", "an attachment has another number");
  must(abi::address_space_map(space, address, attachment, 0, bytes / abi::kPageBytes, rights), "map");
}

}  // namespace

Crew::Crew() {
  for (rt::Mapping& one : memory_) one = must(rt::objects().map_new(kMemberBits), "memory of a member");
  code_ = must(rt::CodeCopy::make(), "copy of the code");
}

Member& Crew::member(std::size_t index) const { return rt::object_at<Member>(memory_[index].address); }

void Crew::furnish(std::size_t index, rt::Handle space, rt::Handle scratch) const {
  constexpr std::uint64_t kAll = kReadWrite | abi::kRightExecute;
  if (must(code_.map_into(space), "map the code") != kCodeAttachment) give_up("attach", "an attachment has another number");
  map(space, kMemberAttachment, memory(index), kMemberAddress, std::uint64_t{1} << kMemberBits, kReadWrite, kReadWrite);
  map(space, kScratchAttachment, scratch, kScratchAddress, std::uint64_t{1} << kScratchBits, kAll, kReadWrite);
}

}  // namespace tessera::storm
