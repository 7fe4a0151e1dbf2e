// SPDX-License-Identifier: Apache-2.0
// What an address space holds of other objects: attached Memory, donated
// Untyped, the host it borrows from.
#include <algorithm>

#include "kernel/memory/address_space.hpp"
#include "kernel/memory/donation.hpp"
#include "kernel/object/derive.hpp"
#include "kernel/sched/cores.hpp"

namespace tessera::nucleus {

void Thread::change_guest_space(AddressSpace* space_now) {
  // Threads of other cores come and go beside this one, who ends a space does not.
  if (guest_space != nullptr) {
    const Spinning held(guest_space->tables);
    guest_space->views.remove(*this);
  }
  guest_space = space_now;
  if (guest_space == nullptr) return;
  const Spinning held(guest_space->tables);
  guest_space->views.push_back(*this);
  if (!guest_space->cores.has(core)) guest_space->cores.add(core);
}

bool Thread::may_enter(const AddressSpace& wanted, unsigned number) const {
  if (&wanted == guest_space) return true;
  return wanted.cores.has(number) && (guest_space == nullptr || guest_space->cores.has(number));
}

void AddressSpace::reach_users() const {
  if (!several_cores) [[likely]] return;
  reach(cores);
  if (host_ != nullptr) reach(host_->cores);
}

bool AddressSpace::blank() const {
  const auto empty = [](const Slot& slot) { return slot.empty(); };
  return !dying && threads == 0 && host_ == nullptr && !has_guests() && std::ranges::all_of(donations_, empty) &&
         std::ranges::all_of(attachments_, empty);
}

Result<unsigned> AddressSpace::attach(Slot& memory, std::uint8_t rights, const Way& way) {
  if (is_guest() || dying) return fail(Error::busy);
  for (unsigned number = 0; number < attachments_.size(); ++number) {
    Slot& slot = attachments_[number];
    if (!slot.empty()) continue;
    TRY(derive(memory, slot, {.rights = rights}, way));
    return number;
  }
  return fail(Error::no_attachment);
}

Result<void> AddressSpace::donate(Slot& untyped, const Way& way) {
  if (dying) return fail(Error::busy);
  return nucleus::donate(untyped, donations_, pool_, member_of, way);
}

Result<void> AddressSpace::bind_host(Slot& host_slot, bool shared_view, const Way& way) {
  auto& host = *host_slot.as<AddressSpace>();
  if (&host == this || host.is_guest() || host.dying || dying) return fail(Error::bad_argument);
  if (host_ != nullptr || has_guests() || pool_.used() != 0) return fail(Error::busy);
  TRY(derive(host_slot, host_slot_, {}, way));
  reach(cores);
  reach(host.cores);
  host_ = &host;
  guest_root_at_ = shared_view ? host_root_at_ : physical(&guest_root_);
  if (shared_view) tag_.share_view();
  for (unsigned index = 256; index < 384; ++index) host_root_[index] = host.host_root_[index];
  host.guests_.push_back(*this);
  return {};
}

void AddressSpace::unbind_host() {
  if (host_ == nullptr) return;
  reach_users();
  if (host_->sweep_guest_ == this) host_->sweep_guest_from(Guests::next(*this));
  host_->guests_.remove(*this);
  for (unsigned index = 256; index < 384; ++index) host_root_[index] = 0;
  arch::out_of_date(tag_, false, false);
  host_ = nullptr;
}

}  // namespace tessera::nucleus
