// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/kernel/property/chaos.hpp"

#include "kernel/ipc/calls.hpp"

namespace tessera::nucleus::test {

using Args = std::array<std::uint64_t, 8>;

Chaos::Chaos(std::uint64_t seed) : machine({.untyped_bits = 21, .pool_pages = 24}), random_(seed) {
  (void)machine.free_slot(static_cast<unsigned>(kSlots) + 8);
  set_up();
}

// Two guests of one host, with something to map, in the first slots: a start that
// chance would seldom make.
void Chaos::set_up() {
  const auto retype = [&](ObjectType type, std::uint64_t bits, std::uint64_t count, std::uint64_t slot) {
    // Copies of the machine's own capabilities may still be in the slots: then there is nothing to set up with.
    const Outcome made = machine.invoke(machine.parked(), machine.untyped_cap, abi::UntypedMethod::retype,
                                        {static_cast<std::uint64_t>(type), bits, count, machine.table_cap, slot});
    return made.ok() ? made.words[0] : 0;
  };
  const std::uint64_t spaces = retype(ObjectType::address_space, 0, 2, kFirst);
  const std::uint64_t pools = retype(ObjectType::untyped, 15, 2, kFirst + 2);
  const std::uint64_t memory = retype(ObjectType::memory, 14, 3, kFirst + 4);
  (void)retype(ObjectType::endpoint, 0, 2, kFirst + 7);
  (void)retype(ObjectType::reply, 0, 4, kFirst + 9);
  (void)retype(ObjectType::notification, 0, 2, kFirst + 13);
  set_up_tenant();
  for (unsigned i = 0; i < 3; ++i) (void)machine.invoke(machine.parked(), machine.space_cap, abi::AddressSpaceMethod::attach, {memory + i, 0xff});
  for (unsigned i = 0; i < 2; ++i) {
    (void)machine.invoke(machine.parked(), spaces + i, abi::AddressSpaceMethod::donate, {pools + i});
    (void)machine.invoke(machine.parked(), spaces + i, abi::AddressSpaceMethod::bind_host, {machine.space_cap, i});
  }
}

void Chaos::set_up_tenant() {
  using Ns = abi::NamespaceMethod;
  static constexpr std::uint64_t kAt = kFirst + kSlots;  // out of reach of what the others delete
  Thread& keeper = machine.parked();
  const auto made = [&](ObjectType type, std::uint64_t bits, std::uint64_t slot) {
    const Outcome done = machine.invoke(keeper, machine.untyped_cap, abi::UntypedMethod::retype,
                                        {static_cast<std::uint64_t>(type), bits, 1, machine.table_cap, kAt + slot});
    return done.ok() ? done.words[0] : 0;
  };
  const std::uint64_t space = made(ObjectType::namespace_, 0, 0), table = made(ObjectType::cap_table, 5, 1);
  const std::uint64_t address_space = made(ObjectType::address_space, 0, 2), page = made(ObjectType::memory, 12, 4);
  tenant_cap_ = made(ObjectType::thread, 0, 3);
  for (const std::uint64_t member : {table, address_space, tenant_cap_}) (void)machine.invoke(keeper, space, Ns::adopt, {member});
  tenant_root_ = machine.invoke(keeper, table, abi::CapTableMethod::copy, {machine.table_cap, 2, kAllRights, 0}).words[0];
  (void)machine.invoke(keeper, tenant_cap_, abi::ThreadMethod::configure, {table, address_space, page, 0, 0});
  keeper.priority = Machine::kPriority;
  (void)machine.invoke(keeper, tenant_cap_, abi::ThreadMethod::schedule, {machine.budget_cap, 95});
  keeper.priority = 0;
  (void)machine.invoke(keeper, tenant_cap_, abi::ThreadMethod::resume);
}

Thread* Chaos::ready_tenant() {
  const auto slot = machine.table().lookup(Handle{tenant_cap_});
  if (!slot || (*slot)->type != ObjectType::thread) return nullptr;
  auto* thread = (*slot)->as<Thread>();
  if (thread->state != ThreadState::ready && random_.one_in(4)) {
    (void)machine.invoke(machine.parked(), tenant_cap_, abi::ThreadMethod::suspend);
    (void)machine.invoke(machine.parked(), tenant_cap_, abi::ThreadMethod::resume);
  }
  return thread->state == ThreadState::ready && thread->table != nullptr ? thread : nullptr;
}

std::uint64_t Chaos::as_tenant(std::uint64_t handle) const {
  return (handle & ~std::uint64_t{0xffff'ffff}) | (1u << 30) | ((tenant_root_ & 0x7fff) << 15) | (handle & 0x7fff);
}

std::uint64_t Chaos::empty_index() {
  std::uint64_t index = slot_index();
  for (unsigned i = 0; i < 10 && !machine.table().slot(index)->empty(); ++i) index = slot_index();
  return index;
}

std::uint64_t Chaos::handle() {
  const std::uint64_t index = slot_index();
  return Handle::make(index, machine.table().slot(index)->generation).value;
}

std::uint64_t Chaos::handle_of(ObjectType type) {
  if (random_.one_in(20)) return handle();
  const std::uint64_t start = random_.below(kSlots);
  for (std::uint64_t i = 0; i < kSlots; ++i) {
    const std::uint64_t index = kFirst + (start + i) % kSlots;
    if (machine.table().slot(index)->type == type) return Handle::make(index, machine.table().slot(index)->generation).value;
  }
  switch (type) {
    case ObjectType::untyped: return machine.untyped_cap;
    case ObjectType::cap_table: return machine.table_cap;
    case ObjectType::address_space: return machine.space_cap;
    case ObjectType::budget: return machine.budget_cap;
    case ObjectType::thread: return machine.thread_caps.at(random_.below(Machine::kThreads));
    case ObjectType::none:
    case ObjectType::memory:
    case ObjectType::endpoint:
    case ObjectType::reply:
    case ObjectType::notification:
    case ObjectType::timer:
    case ObjectType::interrupt:
    case ObjectType::io_ports:
    case ObjectType::log:
    case ObjectType::namespace_:
    case ObjectType::dma_domain:
    case ObjectType::machine: break;
  }
  return handle();
}

std::uint64_t Chaos::address() {
  const std::uint64_t page = random_.below(random_.one_in(2) ? 4 : 1200) * kPageBytes;
  if (random_.one_in(40)) return number();
  return (random_.one_in(2) ? 0x20'0000 : kHalf + 0x4000'0000) + page;
}

std::uint64_t Chaos::number() {
  return random_.next() >> random_.below(64);
}

Thread* Chaos::ready_thread() {
  const std::uint64_t start = random_.below(Machine::kThreads);
  for (std::uint64_t i = 0; i < Machine::kThreads; ++i) {
    Thread& thread = machine.thread(static_cast<unsigned>((start + i) % Machine::kThreads));
    if (thread.state == ThreadState::ready) return &thread;
  }
  return nullptr;
}

// The machine's own capabilities stay: the walk over all that lives starts there.
bool Chaos::harms_the_test(std::uint64_t handle, std::uint32_t method, std::uint64_t argument) {
  const auto slot = machine.table().lookup(Handle{handle});
  if (!slot) return false;
  if ((*slot)->type == ObjectType::machine && static_cast<abi::MachineMethod>(method) == abi::MachineMethod::power_off) return true;
  if ((*slot)->type == ObjectType::namespace_ && (*slot)->as<Namespace>() == &machine.root()) return true;
  if ((*slot)->type == ObjectType::thread && (*slot)->as<Thread>() == &machine.parked()) return true;
  if ((*slot)->type != ObjectType::cap_table || (argument & 0xffff'ffff) >= kFirst) return false;
  const auto change = static_cast<abi::CapTableMethod>(method);
  if (change == abi::CapTableMethod::revoke) return argument != machine.untyped_cap;
  return change == abi::CapTableMethod::move || change == abi::CapTableMethod::swap || change == abi::CapTableMethod::delete_;
}

bool Chaos::harms_by_swap(std::uint64_t handle, std::uint32_t method, std::uint64_t index) {
  const auto slot = machine.table().lookup(Handle{handle});
  return slot && (*slot)->type == ObjectType::cap_table && static_cast<abi::CapTableMethod>(method) == abi::CapTableMethod::swap &&
         (*slot)->as<CapTable>() == &machine.table() && index < kFirst;
}

void Chaos::enter(Thread& thread, abi::Call call, std::uint64_t handle, Args words, unsigned word_count, std::uint32_t label,
                  std::uint64_t reply, unsigned capabilities) {
  if (call == abi::Call::invoke && (harms_the_test(handle, label, words[0]) || harms_by_swap(handle, label, words[1]))) return;
  if (random_.one_in(3)) arch::hosted::interrupt_at_preemption(static_cast<unsigned>(random_.below(4)));
  if (&thread == tenant_) {
    if ((handle & 0x7fff) < kFirst) return;  // the machine's own
    handle = as_tenant(handle);
    for (const unsigned word : {0u, 3u}) {
      if (call == abi::Call::invoke && (words.at(word) & 0x7fff) >= kFirst && random_.below(8) != 0) words.at(word) = as_tenant(words.at(word));
    }
    if (reply != 0) reply = as_tenant(reply);
    if (thread.message != nullptr) {
      for (std::uint64_t& cap : thread.message->send_caps) cap = as_tenant(cap);
      for (std::uint64_t& index : thread.message->receive_slots) index = 2 + index % 30;
    }
  }
  (void)machine.enter(thread, call, handle, words, word_count, label, reply, capabilities);
}

void Chaos::pass_time() {
  arch::hosted::advance(random_.below(random_.one_in(8) ? 20'000'000 : 50'000));
  if (random_.one_in(4)) arch::hosted::interrupt(static_cast<unsigned>(random_.below(4)));
}

// The parked thread sees to it that the others go on.
// The parked thread sees to it that the others go on.
void Chaos::revive(unsigned index) {
  Thread& keeper = machine.parked();
  const std::uint64_t cap = machine.thread_caps.at(index);
  Thread& thread = machine.thread(index);
  if (thread.state == ThreadState::throttled && random_.one_in(2)) {
    (void)machine.invoke(keeper, machine.budget_cap, abi::BudgetMethod::configure, {0, 1'000'000, 1'000'000});
  }
  if (thread.state != ThreadState::stopped) (void)machine.invoke(keeper, cap, abi::ThreadMethod::suspend);
  keeper.priority = Machine::kPriority;  // so that it may give this much
  (void)machine.invoke(keeper, cap, abi::ThreadMethod::configure,
                       {machine.table_cap, machine.space_cap, machine.message_memory_cap, index * kPageBytes, 0});
  const std::uint64_t budget = random_.one_in(3) ? handle_of(ObjectType::budget) : machine.budget_cap;
  (void)machine.invoke(keeper, cap, abi::ThreadMethod::schedule, {budget, 90 + random_.below(11)});
  if (thread.budget == nullptr) (void)machine.invoke(keeper, cap, abi::ThreadMethod::schedule, {machine.budget_cap, 95});
  if (random_.one_in(2)) (void)machine.invoke(keeper, cap, abi::ThreadMethod::set_registers, {kHalf, kHalf, 0, 0});
  (void)machine.invoke(keeper, cap, abi::ThreadMethod::resume);
  keeper.priority = 0;
}

void Chaos::make_something(Thread& thread) {
  static constexpr std::array kTypes{ObjectType::untyped, ObjectType::cap_table, ObjectType::endpoint, ObjectType::reply,
                                     ObjectType::notification, ObjectType::memory, ObjectType::memory, ObjectType::thread,
                                     ObjectType::budget, ObjectType::address_space, ObjectType::timer, ObjectType::reply,
                                     ObjectType::endpoint, ObjectType::untyped, ObjectType::namespace_};
  const ObjectType type = kTypes.at(random_.below(kTypes.size()));
  std::uint64_t bits = 0;
  if (type == ObjectType::untyped || type == ObjectType::memory) bits = 12 + random_.below(random_.one_in(6) ? 9 : 4);
  if (type == ObjectType::cap_table) bits = 2 + random_.below(6);
  if (random_.one_in(20)) {
    return invoke(thread, machine.machine_cap, abi::MachineMethod::make_interrupt,
                  Args{random_.below(4), random_.below(5), handle_of(ObjectType::untyped), machine.table_cap, empty_index()});
  }
  invoke(thread, handle_of(ObjectType::untyped), abi::UntypedMethod::retype,
         Args{static_cast<std::uint64_t>(type), bits, random_.one_in(4) ? random_.below(4) : 1,
              random_.one_in(6) ? handle_of(ObjectType::cap_table) : machine.table_cap, empty_index()});
}

void Chaos::change_tables(Thread& thread) {
  const std::uint64_t table = random_.one_in(8) ? handle_of(ObjectType::cap_table) : machine.table_cap;
  switch (random_.below(6)) {
    case 0: case 1: case 2: {
      static constexpr std::array kShared{&Machine::table_cap, &Machine::space_cap, &Machine::budget_cap};
      std::uint64_t source = handle();
      if (random_.one_in(10)) source = machine.*kShared.at(random_.below(kShared.size()));
      if (random_.one_in(10)) source = machine.thread_caps.at(random_.below(Machine::kThreads));
      return invoke(thread, table, abi::CapTableMethod::copy,
                    Args{source, empty_index(), random_.one_in(3) ? number() & 0xff : 0xff, random_.one_in(4) ? random_.below(5) : 0});
    }
    case 3:
      if (random_.one_in(3)) return invoke(thread, table, abi::CapTableMethod::swap, Args{handle(), slot_index()});
      if (random_.one_in(3)) {
        return invoke(thread, table, abi::CapTableMethod::mint,
                      Args{handle_of(ObjectType::memory), empty_index(), 0xff, 0, random_.below(4) * kPageBytes, random_.below(4) * kPageBytes,
                           1 + random_.below(3)});
      }
      return invoke(thread, table, abi::CapTableMethod::move, Args{handle(), empty_index()});
    case 4: return invoke(thread, table, abi::CapTableMethod::revoke, Args{handle_of(ObjectType::untyped)});
    default:
      return invoke(thread, table, random_.one_in(2) ? abi::CapTableMethod::revoke : abi::CapTableMethod::delete_, Args{handle()});
  }
}

void Chaos::communicate(Thread& thread) {
  static constexpr std::array kCalls{abi::Call::call, abi::Call::call, abi::Call::reply_wait, abi::Call::reply_wait, abi::Call::send,
                                     abi::Call::wait, abi::Call::wait, abi::Call::reply};
  const unsigned words = random_.one_in(4) ? static_cast<unsigned>(random_.below(70)) : static_cast<unsigned>(random_.below(9));
  const unsigned capabilities = random_.one_in(4) ? static_cast<unsigned>(random_.below(6)) : 0;
  if (thread.message != nullptr) {
    for (std::uint64_t& cap : thread.message->send_caps) cap = handle();
    for (std::uint64_t& index : thread.message->receive_slots) index = empty_index();
  }
  const std::uint64_t reply = random_.one_in(6) ? 0 : handle_of(ObjectType::reply);
  enter(thread, kCalls.at(random_.below(kCalls.size())), handle_of(ObjectType::endpoint), Args{1, 2, 3}, words,
        static_cast<std::uint32_t>(random_.below(3)), reply, capabilities);
}

void Chaos::change_threads(Thread& thread) {
  const std::uint64_t cap = handle_of(ObjectType::thread);
  switch (random_.below(9)) {
    case 0:
      return invoke(thread, cap, abi::ThreadMethod::configure,
                    Args{random_.one_in(3) ? 0 : machine.table_cap, random_.one_in(3) ? handle_of(ObjectType::address_space) : 0,
                          random_.one_in(3) ? handle_of(ObjectType::memory) : 0, random_.below(2) * kPageBytes,
                          random_.one_in(2) ? handle_of(ObjectType::endpoint) : 0});
    case 1: return invoke(thread, cap, abi::ThreadMethod::suspend, Args{});
    case 2: return invoke(thread, cap, abi::ThreadMethod::resume, Args{});
    case 3: return invoke(thread, cap, abi::ThreadMethod::set_registers, Args{kHalf, kHalf, 0, 0});
    case 4: return invoke(thread, cap, abi::ThreadMethod::schedule, Args{handle_of(ObjectType::budget), random_.below(101)});
    case 5: return invoke(thread, cap, abi::ThreadMethod::schedule, Args{0, random_.below(101)});
    case 6: return invoke(thread, cap, abi::ThreadMethod::set_guest_state, Args{handle_of(ObjectType::memory), 0});
    case 7:
      return invoke(thread, handle_of(ObjectType::budget), abi::BudgetMethod::configure,
                    Args{0, 10'000 + random_.below(100'000), 110'000 + random_.below(2) * 1'000'000});
    default: {
      machine.run(thread);
      {
        const Holding hold(object_lock);
        deliver_fault(thread, 14, 6, 0x1234);
        schedule();
      }
    }
  }
}

void Chaos::change_spaces(Thread& thread) {
  const std::uint64_t space = random_.one_in(4) ? machine.space_cap : handle_of(ObjectType::address_space);
  const std::uint64_t pages = random_.one_in(30) ? number() : 1 + random_.below(random_.one_in(4) ? 1500 : 16);
  const std::uint64_t attachment = random_.below(random_.one_in(20) ? 200 : 4);
  const std::uint64_t rights = random_.below(8);
  switch (random_.below(15)) {
    case 0: return invoke(thread, space, abi::AddressSpaceMethod::donate, Args{handle_of(ObjectType::untyped)});
    case 1: case 2:
      return invoke(thread, space, abi::AddressSpaceMethod::attach, Args{handle_of(ObjectType::memory), random_.one_in(4) ? rights : 0xff});
    case 3: return invoke(thread, space, abi::AddressSpaceMethod::detach, Args{attachment});
    case 4: case 5: case 6:
      return invoke(thread, space, abi::AddressSpaceMethod::map,
                    Args{address(), attachment, random_.below(3) * kPageBytes, random_.one_in(8) ? pages : 1 + random_.below(3), rights});
    case 7: return invoke(thread, space, abi::AddressSpaceMethod::unmap, Args{address(), pages});
    case 8: return invoke(thread, space, abi::AddressSpaceMethod::protect, Args{address(), pages, rights});
    case 9: case 10:
      return invoke(thread, space, abi::AddressSpaceMethod::copy_range,
                    Args{handle_of(ObjectType::address_space), address(), pages, random_.below(3)});
    case 11:
      return invoke(thread, space, abi::AddressSpaceMethod::bind_host,
                    Args{random_.one_in(2) ? machine.space_cap : handle_of(ObjectType::address_space), random_.below(2)});
    case 12: {
      if (thread.message != nullptr) {
        for (unsigned i = 8; i < 64; ++i) {
          thread.message->words.at(i) = random_.below(8) | (random_.below(8) * kPageBytes) | (random_.below(4) << 48);
        }
      }
      return invoke(thread, space, abi::AddressSpaceMethod::map_list, Args{address(), random_.below(58)});
    }
    case 13: return invoke(thread, space, abi::AddressSpaceMethod::enter, Args{});
    default: return invoke(thread, space, abi::AddressSpaceMethod::info, Args{});
  }
}

void Chaos::use_events(Thread& thread) {
  const std::uint64_t notification = handle_of(ObjectType::notification);
  const std::uint64_t soon = arch::now_ns() + random_.below(200'000);
  switch (random_.below(8)) {
    case 0: return enter(thread, abi::Call::wait, notification, Args{0, random_.one_in(3) ? 0 : soon}, 2);
    case 1: case 2: return enter(thread, abi::Call::notify, notification, {}, 0);
    case 3: return invoke(thread, notification, abi::NotificationMethod::poll, Args{});
    case 4: return invoke(thread, handle_of(ObjectType::timer), abi::TimerMethod::bind, Args{notification});
    case 5: return invoke(thread, handle_of(ObjectType::timer), abi::TimerMethod::set, Args{random_.one_in(4) ? 0 : soon});
    case 6: return invoke(thread, handle_of(ObjectType::interrupt), abi::InterruptMethod::bind, Args{notification});
    default: return invoke(thread, handle_of(ObjectType::endpoint), abi::EndpointMethod::cancel, Args{random_.below(4)});
  }
}

void Chaos::use_namespaces(Thread& thread) {
  const std::uint64_t space = handle_of(ObjectType::namespace_);
  const auto mask = [&] { return random_.one_in(4) ? random_.below(abi::kAllTypes + 1) : abi::kAllTypes; };
  switch (random_.below(11)) {
    case 0: return invoke(thread, space, abi::NamespaceMethod::suspend, Args{});
    case 1: return invoke(thread, space, abi::NamespaceMethod::resume, Args{});
    case 2: return invoke(thread, space, abi::NamespaceMethod::destroy, Args{});
    case 3: case 4: {
      static constexpr std::array kMembers{ObjectType::cap_table, ObjectType::thread, ObjectType::address_space, ObjectType::budget,
                                           ObjectType::namespace_};
      return invoke(thread, space, abi::NamespaceMethod::adopt, Args{handle_of(kMembers.at(random_.below(kMembers.size())))});
    }
    case 5: return invoke(thread, space, abi::NamespaceMethod::set_policy, Args{mask(), mask()});
    case 6:
      return invoke(thread, space, abi::NamespaceMethod::set_limits,
                    Args{number(), number(), random_.below(20), random_.below(20), random_.below(2'000'000)});
    case 7:
      return invoke(thread, machine.table_cap, abi::CapTableMethod::make_gate,
                    Args{handle_of(ObjectType::endpoint), empty_index(), 0, mask(), 0xff, random_.one_in(2) ? 0 : 12 + random_.below(4)});
    case 8: return invoke(thread, space, abi::NamespaceMethod::inspect, Args{random_.one_in(2) ? 0 : number()});
    case 9: return invoke(thread, space, abi::NamespaceMethod::note, Args{random_.below(300), random_.below(300), number(), number()});
    default: return invoke(thread, space, abi::NamespaceMethod::usage, Args{});
  }
}

// Any call with any argument. What would end the machine is left out.
void Chaos::call_nonsense(Thread& thread) {
  Args words{};
  for (std::uint64_t& word : words) word = random_.one_in(2) ? handle() : number();
  const std::uint64_t any = random_.one_in(4) ? number() : handle();
  const auto call = static_cast<abi::Call>(random_.one_in(2) ? 6 : random_.below(12));
  enter(thread, call, any, words, static_cast<unsigned>(random_.below(9)), static_cast<std::uint32_t>(random_.below(14)), handle(),
        static_cast<unsigned>(random_.below(8)));
}

void Chaos::step() {
  Thread* thread = ready_thread();
  const auto some = static_cast<unsigned>(random_.below(Machine::kThreads));
  const ThreadState state = machine.thread(some).state;
  if (thread == nullptr || random_.one_in(80)) return revive(some);
  if ((state == ThreadState::stopped || state == ThreadState::throttled) && random_.one_in(3)) return revive(some);
  if (random_.one_in(16)) return pass_time();
  if (random_.one_in(400)) {
    finish();
    return set_up();
  }
  if (thread->restarting) {
    (void)machine.enter_again(*thread);
    return;
  }
  tenant_ = random_.one_in(4) ? ready_tenant() : nullptr;
  if (tenant_ != nullptr) thread = tenant_;
  if (thread->state != ThreadState::ready) return;  // its budget was used up meanwhile
  if (thread->restarting) {
    (void)machine.enter_again(*thread);
    return;
  }
  switch (random_.below(17)) {
    case 16: return use_namespaces(*thread);
    case 0: case 1: case 2: return make_something(*thread);
    case 3: case 4: case 5: return change_tables(*thread);
    case 6: case 7: case 8: case 9: return communicate(*thread);
    case 10: return change_threads(*thread);
    case 11: case 12: return change_spaces(*thread);
    case 13: case 14: return use_events(*thread);
    default: return call_nonsense(*thread);
  }
}

bool Chaos::finish() {
  arch::hosted::interrupt_at_preemption(0);
  Thread& keeper = machine.parked();
  const Outcome all = machine.invoke(keeper, machine.table_cap, abi::CapTableMethod::revoke, {machine.untyped_cap});
  const Outcome info = machine.invoke(keeper, machine.untyped_cap, abi::UntypedMethod::info);
  return all.ok() && info.ok() && info.words[1] == std::uint64_t{1} << info.words[0];
}

}  // namespace tessera::nucleus::test
