// SPDX-License-Identifier: Apache-2.0
#include "kernel/object/derivation.hpp"

namespace tessera::nucleus {

void link_child(Slot* parent, Slot& child) {
  child.parent = parent;
  child.previous_sibling = nullptr;
  child.next_sibling = nullptr;
  if (parent == nullptr) return;
  child.next_sibling = parent->first_child;
  if (parent->first_child != nullptr) parent->first_child->previous_sibling = &child;
  parent->first_child = &child;
}

static void detach(Slot& slot) {
  if (slot.previous_sibling != nullptr) {
    slot.previous_sibling->next_sibling = slot.next_sibling;
  } else if (slot.parent != nullptr) {
    slot.parent->first_child = slot.next_sibling;
  }
  if (slot.next_sibling != nullptr) slot.next_sibling->previous_sibling = slot.previous_sibling;
}

void unlink(Slot& slot) {
  Slot* parent = slot.parent;
  detach(slot);
  slot.parent = slot.previous_sibling = slot.next_sibling = nullptr;
  if (parent != nullptr && parent->type == ObjectType::untyped && parent->first_child == nullptr) parent->badge = 0;
}

void adopt_first_child(Slot& from, Slot* to) {
  Slot& child = *from.first_child;
  detach(child);
  link_child(to, child);
}

void move_slot(Slot& from, Slot& to) {
  const std::uint32_t generation = to.generation;
  const Home home = to.home;
  to = from;
  to.generation = generation;
  to.home = home;
  if (to.previous_sibling != nullptr) {
    to.previous_sibling->next_sibling = &to;
  } else if (to.parent != nullptr) {
    to.parent->first_child = &to;
  }
  if (to.next_sibling != nullptr) to.next_sibling->previous_sibling = &to;
  for (Slot* child = to.first_child; child != nullptr; child = child->next_sibling) child->parent = &to;
  reset_slot(from);
}

void reset_slot(Slot& slot) {
  const std::uint32_t next = slot.generation + 1;
  const Home home = slot.home;
  slot = Slot{};
  slot.home = home;
  slot.generation = next == 0 ? 1 : next;
}

}  // namespace tessera::nucleus
