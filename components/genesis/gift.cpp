// SPDX-License-Identifier: Apache-2.0
#include "components/genesis/gift.hpp"

#include <abi/nucleus.client.hpp>

namespace tessera::genesis {

void Gift::fail(std::string_view why) {
  if (why_.empty()) why_ = why;
}

std::expected<void, std::string_view> Gift::result() const {
  if (!why_.empty()) return std::unexpected(why_);
  return {};
}

Handle Gift::give(Handle source, std::uint64_t rights, std::uint64_t badge) {
  if (!why_.empty()) return 0;
  const auto made = abi::cap_table_copy(component_.own_table, source, next_slot_, rights, badge);
  if (!made) {
    fail(abi::name(made.error()));
    return 0;
  }
  ++next_slot_;
  return *made;
}

void Gift::write(const rt::Grant& grant) {
  if (why_.empty() && !page_.add(grant)) fail("too many grants, or one with too long a name");
}

void Gift::grant(rt::Grant grant, std::uint64_t rights, std::uint64_t badge) {
  grant.handle = give(grant.handle, rights, badge);
  write(grant);
}

std::uint64_t Gift::map(Handle memory, std::uint64_t bytes, std::uint64_t rights) {
  if (!why_.empty()) return 0;
  const std::uint64_t pages = (bytes + abi::kPageBytes - 1) / abi::kPageBytes;
  const auto attachment = abi::address_space_attach(component_.space, memory, rights);
  if (!attachment) {
    fail(abi::name(attachment.error()));
    return 0;
  }
  if (!component_.remember(*attachment)) {
    fail("too much memory is mapped");
    return 0;
  }
  const std::uint64_t address = next_address_;
  if (bytes > abi::kFreeAddress + component_.area - address) {
    fail("no addresses left for what is mapped");
    return 0;
  }
  if (const auto done = abi::address_space_map(component_.space, address, *attachment, 0, pages, rights); !done) {
    fail(abi::name(done.error()));
    return 0;
  }
  // One unmapped page at least, and 2 MiB steps so that large pages fit.
  constexpr std::uint64_t kStep = 2 << 20;
  next_address_ += ((pages + 1) * abi::kPageBytes + kStep - 1) / kStep * kStep;
  return address;
}

void Gift::grant_mapped(rt::Grant grant, std::uint64_t rights) {
  grant.address = map(grant.handle, grant.bytes, rights & (abi::kRightRead | abi::kRightWrite | abi::kRightExecute));
  grant.kind = abi::ObjectType::memory;
  this->grant(grant, rights);
}

void Gift::grant_untyped(std::string_view name, const Chunk& chunk) {
  if (!why_.empty()) return;
  const auto made = abi::untyped_retype(chunk.untyped, abi::ObjectType::untyped, chunk.bits, 1, component_.own_table, next_slot_);
  if (!made) return fail(abi::name(made.error()));
  ++next_slot_;
  write({.name = name, .kind = abi::ObjectType::untyped, .handle = *made, .bytes = std::uint64_t{1} << chunk.bits,
         .extra = chunk.node});
}

void Gift::config(std::string_view key, std::string_view value) {
  if (why_.empty() && !page_.add_config(key, value)) fail("the configuration does not fit in the start page");
}

}  // namespace tessera::genesis
