// SPDX-License-Identifier: Apache-2.0
#include "components/genesis/own.hpp"

#include <abi/nucleus.client.hpp>

#include "components/genesis/boot.hpp"

namespace tessera::genesis {

std::expected<Handle, abi::Error> make_from(Handle untyped, abi::ObjectType type, unsigned bits) {
  const auto slot = rt::objects().take_slot();
  if (!slot) return slot;
  const auto made = abi::untyped_retype(untyped, type, bits, 1, rt::objects().own().table, *slot);
  if (!made) rt::objects().give_back_slot(*slot);
  return made;
}

std::expected<Handle, abi::Error> own_memory(unsigned bits) {
  const auto untyped = store().take(bits);
  if (!untyped) return untyped;
  return make_from(*untyped, abi::ObjectType::memory, bits);
}

std::expected<Handle, abi::Error> part_of(Handle memory, std::uint64_t offset, std::uint64_t bytes) {
  const auto slot = rt::objects().take_slot();
  if (!slot) return slot;
  const auto made = abi::cap_table_mint(rt::objects().own().table, memory, *slot, 0xff, 0, offset, bytes, 1);
  if (!made) rt::objects().give_back_slot(*slot);
  return made;
}

std::expected<Handle, abi::Error> device_memory(std::uint64_t physical, unsigned bits) {
  const auto slot = rt::objects().take_slot();
  if (!slot) return slot;
  const auto made = abi::machine_make_device_memory(boot().machine, physical, bits, rt::objects().own().table, *slot);
  if (!made) rt::objects().give_back_slot(*slot);
  return made;
}

void forget(Handle& handle) {
  if (handle != 0) rt::objects().give_back_slot(rt::slot_of(handle));
  handle = 0;
}

}  // namespace tessera::genesis
