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
  const auto slot = take_slot();
  if (!slot) {
    fail("too many grants");
    return 0;
  }
  const auto made = abi::cap_table_copy(component_.own_table, source, *slot, rights, badge);
  if (!made) {
    fail(abi::name(made.error()));
    return 0;
  }
  return *made;
}

void Gift::write_down(const rt::Grant& grant) {
  if (why_.empty() && !write(grant)) fail("too many grants, or one with too long a name");
}

void Gift::grant(rt::Grant grant, std::uint64_t rights, std::uint64_t badge) {
  grant.handle = give(grant.handle, rights, badge);
  write_down(grant);
}

std::uint64_t Gift::map(Handle memory, std::uint64_t bytes, std::uint64_t rights) {
  if (!why_.empty()) return 0;
  const std::uint64_t pages = (bytes + abi::kPageBytes - 1) / abi::kPageBytes;
  const auto attachment = abi::address_space_attach(component_.space, memory, rights);
  if (!attachment) {
    fail(abi::name(attachment.error()));
    return 0;
  }
  if (!attached(*attachment)) {
    fail("too much memory is mapped");
    return 0;
  }
  const auto address = take_addresses(bytes);
  if (!address) {
    fail("no addresses left for what is mapped");
    return 0;
  }
  if (const auto done = abi::address_space_map(component_.space, *address, *attachment, 0, pages, rights); !done) {
    fail(abi::name(done.error()));
    return 0;
  }
  return *address;
}

void Gift::grant_mapped(rt::Grant grant, std::uint64_t rights) {
  grant.address = map(grant.handle, grant.bytes, rights & (abi::kRightRead | abi::kRightWrite | abi::kRightExecute));
  grant.kind = abi::ObjectType::memory;
  this->grant(grant, rights);
}

void Gift::grant_untyped(std::string_view name, const Chunk& chunk) {
  if (!why_.empty()) return;
  const auto slot = take_slot();
  if (!slot) return fail("too many grants");
  const auto made = abi::untyped_retype(chunk.untyped, abi::ObjectType::untyped, chunk.bits, 1, component_.own_table, *slot);
  if (!made) return fail(abi::name(made.error()));
  write_down({.name = name, .kind = abi::ObjectType::untyped, .handle = *made, .bytes = std::uint64_t{1} << chunk.bits,
         .extra = chunk.node});
}

std::optional<std::uint64_t> FirstGift::take_addresses(std::uint64_t bytes) {
  const std::uint64_t address = next_address_;
  if (bytes > abi::kFreeAddress + component_.area - address) return std::nullopt;
  next_address_ += addresses_for(bytes);
  return address;
}

void FirstGift::leave_room(std::size_t grants) {
  const auto first = page_.leave_empty(grants);
  if (!first) return fail("too many grants");
  component_.asked.begin({.entry = *first, .slot = next_slot_, .address = next_address_});
  next_slot_ += grants;
}

void FirstGift::config(std::string_view key, std::string_view value) {
  if (result() && !page_.add_config(key, value)) fail("the configuration does not fit in the start page");
}

}  // namespace tessera::genesis
