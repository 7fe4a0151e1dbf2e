// SPDX-License-Identifier: Apache-2.0
#include "kernel/memory/donation.hpp"

#include "kernel/namespace/crossing.hpp"
#include "kernel/object/derivation.hpp"
#include "kernel/object/untyped.hpp"

namespace tessera::nucleus {

Result<void> donate(Slot& untyped, std::span<Slot> donations, PagePool& pool, const Namespace* owner, const Way& way) {
  if (first_child(untyped) != nullptr) return fail(Error::has_children);
  if (untyped.size_bits > 24) return fail(Error::bad_argument);  // 16 MiB of tables map 8 GiB; more in pieces
  const std::uint64_t bytes = untyped_bytes(untyped);
  TRY(cross(untyped, owner, way));
  if (!can_charge(*namespace_of(untyped), Resource::memory, bytes)) return fail(Error::over_limit);
  for (Slot& slot : donations) {
    if (!slot.empty()) continue;
    slot.type = ObjectType::memory;  // of the nucleus: no handle ever names this slot
    slot.object = untyped.object;
    slot.extra = bytes;
    link_child(&untyped, slot);
    hand_out(untyped, bytes, bytes);
    for (std::uint64_t offset = 0; offset < bytes; offset += kPageBytes) pool.add(PhysAddr{untyped.object + offset});
    return {};
  }
  return fail(Error::no_attachment);
}

}  // namespace tessera::nucleus
