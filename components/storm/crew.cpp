// SPDX-License-Identifier: Apache-2.0
#include "components/storm/crew.hpp"

#include <abi/nucleus.client.hpp>
#include <algorithm>
#include <bit>

#include "components/storm/must.hpp"
#include "lib/rt/raw_memory.hpp"

namespace tessera::storm {

// The linker's: behind it lie the variables that are zero at first.
extern "C" const std::byte __bss_start;

namespace {

constexpr std::uint64_t kReadWrite = abi::kRightRead | abi::kRightWrite;
constexpr std::uint64_t kReadExecute = abi::kRightRead | abi::kRightExecute;

std::uint64_t code_bytes() {
  const std::uint64_t end = rt::address_of(&__bss_start);
  return (end - abi::kImageAddress) / abi::kPageBytes * abi::kPageBytes;
}

void map(rt::Handle space, std::uint64_t expected, rt::Handle memory, std::uint64_t address, std::uint64_t bytes, std::uint64_t may,
         std::uint64_t rights) {
  const auto attachment = must(abi::address_space_attach(space, memory, may), "attach");
  if (attachment != expected) give_up("attach", "an attachment has another number");
  must(abi::address_space_map(space, address, attachment, 0, bytes / abi::kPageBytes, rights), "map");
}

}  // namespace

Crew::Crew() {
  for (rt::Mapping& one : memory_) one = must(rt::objects().map_new(kMemberBits), "memory of a member");
  const std::uint64_t bytes = code_bytes();
  code_ = must(rt::objects().map_new(static_cast<std::uint64_t>(std::bit_width(bytes - 1))), "memory for the code");
  std::ranges::copy(rt::bytes_at(abi::kImageAddress, bytes), rt::bytes_at(code_.address, bytes).begin());
}

Member& Crew::member(std::size_t index) const { return rt::object_at<Member>(memory_[index].address); }

void Crew::furnish(std::size_t index, rt::Handle space, rt::Handle scratch) const {
  constexpr std::uint64_t kAll = kReadWrite | abi::kRightExecute;
  map(space, kCodeAttachment, code_.memory, abi::kImageAddress, code_bytes(), kReadExecute, kReadExecute);
  map(space, kMemberAttachment, memory(index), kMemberAddress, std::uint64_t{1} << kMemberBits, kReadWrite, kReadWrite);
  map(space, kScratchAttachment, scratch, kScratchAddress, std::uint64_t{1} << kScratchBits, kAll, kReadWrite);
}

}  // namespace tessera::storm
