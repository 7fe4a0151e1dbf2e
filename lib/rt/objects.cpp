// SPDX-License-Identifier: Apache-2.0
#include "lib/rt/objects.hpp"

#include <abi/nucleus.client.hpp>
#include <abi/start.hpp>

namespace tessera::rt {

using abi::Error;
using abi::ObjectType;

namespace {
constinit Objects instance;

constexpr std::uint64_t page_align(std::uint64_t bytes) { return (bytes + abi::kPageBytes - 1) & ~(abi::kPageBytes - 1); }
}  // namespace

Objects& objects() { return instance; }

void Objects::initialise(const OwnObjects& own, std::uint64_t first_free_slot, std::uint64_t slot_count, std::uint64_t first_address) {
  const SystemGuard guard(lock_);
  own_ = own;
  slots_.initialise(first_free_slot, slot_count);
  next_address_ = first_address;
}

void Objects::add_untyped(Handle untyped) {
  const SystemGuard guard(lock_);
  if (untyped_count_ == kMostUntyped) return;
  untyped_[untyped_count_] = untyped;
  ++untyped_count_;
}

std::span<const Handle> Objects::untyped() const { return std::span(untyped_).first(untyped_count_); }

std::expected<std::uint64_t, Error> Objects::take_slot() {
  const SystemGuard guard(lock_);
  const auto slot = slots_.take();
  if (!slot) return std::unexpected(Error::no_memory);
  return *slot;
}

void Objects::give_back_slot(std::uint64_t slot) {
  const SystemGuard guard(lock_);
  slots_.give_back(slot);
}

std::expected<Handle, Error> Objects::make(ObjectType type, std::uint64_t size_bits) {
  const auto slot = take_slot();
  if (!slot) return slot;
  Error error = Error::no_memory;
  // The smallest pieces come last in the start page: they are used up first.
  for (std::size_t left = untyped_count_; left > 0; --left) {
    const auto made = abi::untyped_retype(untyped_[left - 1], type, size_bits, 1, own_.table, *slot);
    if (made) return made;
    error = made.error();
    if (error != Error::no_memory) break;
  }
  give_back_slot(*slot);
  return std::unexpected(error);
}

std::expected<Handle, Error> Objects::copy(Handle source, std::uint64_t rights, std::uint64_t badge) {
  const auto slot = take_slot();
  if (!slot) return slot;
  const auto made = abi::cap_table_copy(own_.table, source, *slot, rights, badge);
  if (!made) give_back_slot(*slot);
  return made;
}

void Objects::discard(Handle handle) {
  if (abi::cap_table_delete(own_.table, handle)) give_back_slot(slot_of(handle));
}

std::expected<Mapping, Error> Objects::map(Handle memory, std::uint64_t address, std::uint64_t bytes, std::uint64_t rights) {
  const auto attachment = abi::address_space_attach(own_.space, memory, rights);
  if (!attachment) return std::unexpected(attachment.error());
  const auto done = abi::address_space_map(own_.space, address, *attachment, 0, page_align(bytes) / abi::kPageBytes, rights);
  if (!done) {
    (void)abi::address_space_detach(own_.space, *attachment);
    return std::unexpected(done.error());
  }
  return Mapping{.address = address, .bytes = bytes, .memory = memory, .attachment = *attachment};
}

std::expected<Mapping, Error> Objects::map_new(std::uint64_t size_bits) {
  const auto memory = make(ObjectType::memory, size_bits);
  if (!memory) return std::unexpected(memory.error());
  const std::uint64_t bytes = std::uint64_t{1} << size_bits;
  const auto mapping = map(*memory, reserve_addresses(bytes), bytes, abi::kRightRead | abi::kRightWrite);
  if (!mapping) discard(*memory);
  return mapping;
}

std::uint64_t Objects::reserve_addresses(std::uint64_t bytes) {
  const SystemGuard guard(lock_);
  const std::uint64_t address = next_address_;
  next_address_ += page_align(bytes) + abi::kPageBytes;
  return address;
}

}  // namespace tessera::rt
