// SPDX-License-Identifier: Apache-2.0
#include "kernel/object/derivation.hpp"

#include "kernel/memory/address_space.hpp"
#include "kernel/object/cap_table.hpp"
#include "kernel/object/untyped.hpp"

namespace tessera::nucleus {

static std::size_t at(Side side) { return static_cast<std::size_t>(side); }
static End opening(Slot& slot) { return {&slot, Side::open}; }
static End closing(Slot& slot) { return {&slot, Side::close}; }
static End behind(End end) { return end.slot->next.at(at(end.side)).get(); }
static End before(End end) { return end.slot->previous.at(at(end.side)).get(); }

static void join(End left, End right) {
  if (left.slot != nullptr) left.slot->next.at(at(left.side)) = right;
  if (right.slot != nullptr) right.slot->previous.at(at(right.side)) = left;
}

// Puts a slot without children behind an end.
static void insert_behind(End left, Slot& slot) {
  const End right = left.slot == nullptr ? End{} : behind(left);
  join(left, opening(slot));
  join(opening(slot), closing(slot));
  join(closing(slot), right);
}

void link_child(Slot* parent, Slot& child) { insert_behind(parent == nullptr ? End{} : opening(*parent), child); }

static void take_out(Slot& slot) {
  join(before(opening(slot)), behind(opening(slot)));
  join(before(closing(slot)), behind(closing(slot)));
}

void unlink(Slot& slot) {
  const End left = before(opening(slot));
  take_out(slot);
  if (left.slot != nullptr && left.side == Side::open && left.slot->type == ObjectType::untyped &&
      first_child(*left.slot) == nullptr) {
    take_memory_back(*left.slot);
  }
}

void lift_child(Slot& child, Slot& slot) {
  take_out(child);
  insert_behind(closing(slot), child);
}

CALLED_RARELY void reach_full(const Slot& slot) {
  if (slot.home == Home::table) reach(slot.held_by<CapTable>().cores);
  if (slot.home == Home::attachment) reach(slot.held_by<AddressSpace>().cores);
}

static void empty_slot(Slot& slot) {
  slot = Slot{.home = slot.home, .generation = slot.generation + 1, .holder = slot.holder};
}

static void move_reached(Slot& from, Slot& to) {
  const Slot place = to;
  to = from;
  to.generation = place.generation;
  to.home = place.home;
  to.holder = place.holder;
  if (first_child(from) == nullptr) {
    join(opening(to), closing(to));
  } else {
    join(opening(to), behind(opening(from)));
    join(before(closing(from)), closing(to));
  }
  join(before(opening(from)), opening(to));
  join(closing(to), behind(closing(from)));
  empty_slot(from);
}

void move_slot(Slot& from, Slot& to) {
  reach(from);
  move_reached(from, to);
}

void swap_slots(Slot& a, Slot& b) {
  reach(a);
  reach(b);
  Slot aside;
  move_reached(a, aside);
  move_reached(b, a);
  move_reached(aside, b);
}

void reset_slot(Slot& slot) {
  reach(slot);
  empty_slot(slot);
}

}  // namespace tessera::nucleus
