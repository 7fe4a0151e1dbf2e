// SPDX-License-Identifier: Apache-2.0
#include "kernel/object/cap_table.hpp"

namespace tessera::nucleus {

Result<Slot*> CapTable::lookup_nested(Handle handle) {
  const std::uint32_t path = handle.path();
  const unsigned depth = path >> 30;
  if (depth == 0 || depth == 3) return fail(Error::bad_path);
  const unsigned index_bits = depth == 1 ? 15 : 10;
  const std::uint32_t mask = (1u << index_bits) - 1;
  CapTable* table = this;
  for (unsigned level = depth; level > 0; --level) {
    Slot* step = table->slot((path >> (level * index_bits)) & mask);
    if (step == nullptr || step->type != ObjectType::cap_table) return fail(Error::bad_path);
    table = step->as<CapTable>();
  }
  Slot* found = table->slot(path & mask);
  if (found == nullptr) return fail(Error::bad_path);
  if (found->generation != handle.generation()) return fail(Error::stale_handle);
  if (found->empty()) return fail(Error::empty_slot);
  return found;
}

}  // namespace tessera::nucleus
