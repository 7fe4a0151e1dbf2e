// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/kernel/cores/stress.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include "kernel/memory/address_space.hpp"
#include "tests/support/check.hpp"

namespace tessera::nucleus::test {

static constexpr std::uint8_t kManager = 99;
static constexpr std::uint64_t kGuestHome = 0x4000'0000, kGuestPages = 1024;  // two tables of leaves
static constexpr std::uint64_t kHome = kHalf + 0x4000'0000;  // where workers map

Stress::Stress(Options options) : options_(options), w_(options.cores), of_(options.cores) {
  Machine& m = w_.m;
  pool_ = m.free_slot(kPoolSlots);
  pool_memory_ = m.make(ObjectType::untyped, 20);
  guest_states_ = m.make(ObjectType::memory, 18);
  const std::uint64_t attached = m.make(ObjectType::memory, 16);
  attached_ = m.invoke(m.space_cap, abi::AddressSpaceMethod::attach, {attached, 0x7}).words[0];
  for (unsigned i = 0; i < w_.cores; ++i) {
    OfCore& core = of_.at(i);
    core.endpoint = m.make(ObjectType::endpoint);
    core.replies = m.make(ObjectType::reply, 0, 2);
    core.notification = m.make(ObjectType::notification);
    core.manager_notification = m.make(ObjectType::notification);
    core.timer = m.make(ObjectType::timer);
    core.budget = w_.make_budget(i);
    core.tenant_memory = m.make(ObjectType::untyped, 17);
    core.tenant_slots = m.free_slot(kTenantSlots);
    CHECK(m.invoke(core.timer, abi::TimerMethod::bind, {core.notification}).ok());
    core.wake = m.make(ObjectType::notification);
    const Outcome line = m.invoke(m.machine_cap, abi::MachineMethod::make_interrupt, {i, 0, m.untyped_cap, m.table_cap, m.free_slot()});
    CHECK(line.ok());
    CHECK(m.invoke(line.words[0], abi::InterruptMethod::bind, {core.wake}).ok());
    known_[w_.keepers.at(i)] = {Role::keeper, i};
    core.manager = w_.make_thread(w_.budgets.at(i), kManager).thread;
    known_[core.manager] = {Role::manager, i};
    for (unsigned k = 0; k < kWorkersPerCore; ++k) {
      const World::Made made = w_.make_thread(core.budget);
      CHECK(m.invoke(made.cap, abi::ThreadMethod::set_guest_state, {guest_states_, workers_.size() * kPageBytes}).ok());
      workers_.push_back({made.thread, made.cap});
      known_[made.thread] = {Role::worker, i};
      if (k < 2) known_[made.thread] = {Role::server, (i + k) % w_.cores, core.replies + k};
    }
  }
  known_[&m.thread(0)] = {Role::worker, 0};
  w_.set_up();
}

void Stress::run() {
  std::vector<std::function<void()>> bodies;
  for (unsigned i = 0; i < w_.cores; ++i) bodies.emplace_back([this, i] { play_core(i); });
  play(bodies, [this] {
    for (unsigned i = 0; i < w_.cores; ++i) arch::hosted::interrupt(i);  // the cores that idle
  });
  CHECK(answered_ > 0 && founded_ > 0 && guest_steps_ > 0);
}

void Stress::play_core(unsigned number) {
  Random random(options_.seed * 64 + number);
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(options_.milliseconds);
  std::uint64_t made = 0;  // but for the keepers'
  for (std::uint64_t looks = 0; !over_; ++looks) {
    arch::hosted::user_mode();
    Thread& thread = *this_core().current();
    const auto known = known_.find(&thread);
    if (known == known_.end() || known->second.role != Role::keeper) ++made;
    const AddressSpace& space = thread.guest_space != nullptr ? *thread.guest_space : *thread.space;
    CHECK(arch::current_root() == (thread.in_guest ? space.guest_root() : space.host_root()));
    if (thread.in_guest) {
      ++guest_steps_;
      if (random.one_in(8)) arch::hosted::leave_guest();
    } else if (!start_again(thread)) {
      step({thread, random, number});
    }
    if (number == 0 && looks % 64 == 0 && std::chrono::steady_clock::now() > end) over_ = true;
  }
  calls_ += made;
}

void Stress::step(const Seat& seat) {
  const auto known = known_.find(&seat.thread);
  if (known == known_.end()) return visit(seat);
  switch (known->second.role) {
    case Role::keeper: return keep(seat);
    case Role::manager: return manage(seat);
    case Role::server: return seat.random.one_in(10) ? work(seat) : serve(seat);
    case Role::worker: return work(seat);
  }
}

void Stress::enter(const Seat& seat, abi::Call number, std::uint64_t handle, Words words, std::uint32_t label, std::uint64_t reply,
                   unsigned capabilities, unsigned word_count) {
  std::array<std::uint64_t, abi::kRegisterWords> registers{};
  std::copy_n(words.begin(), std::min(words.size(), registers.size()), registers.begin());
  start(seat.thread, number, handle, registers, label, reply, capabilities,
        word_count == ~0u ? static_cast<unsigned>(words.size()) : word_count);
}

// The core's first thread never sleeps: the machine's end is made by it.
void Stress::keep(const Seat& seat) {
  if (seat.core == 0 || !options_.may_idle) {
    if (seat.random.one_in(8)) enter(seat, abi::Call::yield, 0, {});
    return;
  }
  enter(seat, abi::Call::wait, of_.at(seat.core).wake, {0, seat.random.one_in(4) ? 0 : soon(seat.random)});
}

void Stress::serve(const Seat& seat) {
  const Known& known = known_.at(&seat.thread);
  if (read_outcome(seat.thread).word_count != 0) ++answered_;
  const unsigned words = seat.random.one_in(8) ? 20 : 3;
  enter(seat, seat.random.one_in(16) ? abi::Call::wait : abi::Call::reply_wait, of_.at(known.core).endpoint, {1, 2, 3}, 0, known.reply, 0,
        words);
}

void Stress::work(const Seat& seat) {
  switch (seat.random.below(11)) {
    case 0: case 1: case 2: case 3: return communicate(seat);
    case 4: case 5: return change_tables(seat);
    case 6: return change_spaces(seat);
    case 7: return change_threads(seat);
    case 8: return change_time(seat);
    case 9: return change_guests(seat);
    default: return enter(seat, abi::Call::yield, 0, {});
  }
}

std::uint64_t Stress::pool_handle(Random& random, ObjectType type) {
  const std::uint64_t first = random.below(kPoolSlots);
  for (std::uint64_t i = 0; i < kPoolSlots; ++i) {
    const std::uint64_t index = pool_ + (first + i) % kPoolSlots;
    if (peek_type(w_.m.table(), index) == type) return peek(w_.m.table(), index);
  }
  return pool_handle(random);
}

void Stress::communicate(const Seat& seat) {
  Random& random = seat.random;
  OfCore& near = of_.at(seat.core);
  const unsigned words = random.one_in(6) ? static_cast<unsigned>(random.below(70)) : static_cast<unsigned>(random.below(9));
  const unsigned capabilities = random.one_in(6) ? static_cast<unsigned>(random.below(5)) : 0;
  if (seat.thread.message != nullptr) {
    for (std::uint64_t& cap : seat.thread.message->send_caps) cap = pool_handle(random);
    for (std::uint64_t& index : seat.thread.message->receive_slots) index = pool_index(random);
  }
  const std::uint64_t endpoint = random.one_in(8) ? pool_handle(random, ObjectType::endpoint)
                                 : random.one_in(3) ? any_core(random).endpoint : near.endpoint;
  const std::uint64_t reply = random.one_in(2) ? pool_handle(random, ObjectType::reply) : any_core(random).replies + random.below(2);
  switch (random.below(14)) {
    case 0: case 1: case 2: case 3: case 4: return enter(seat, abi::Call::call, endpoint, {1, 2, 3}, 1, 0, capabilities, words);
    case 5: return enter(seat, abi::Call::send, endpoint, {1, 2}, 0, 0, capabilities, words);
    case 6: return enter(seat, abi::Call::notify, any_core(random).notification, {});
    case 7: return enter(seat, abi::Call::wait, near.notification, {0, random.one_in(4) ? 0 : soon(random)});
    case 8:
      return enter(seat, abi::Call::wait, pool_handle(random, random.one_in(2) ? ObjectType::notification : ObjectType::endpoint),
                   {0, soon(random)}, 0, pool_handle(random, ObjectType::reply));
    case 9:
      return enter(seat, abi::Call::reply_wait, random.one_in(2) ? endpoint : pool_handle(random, ObjectType::endpoint), {1, 2}, 0, reply,
                   capabilities, words);
    case 10: return enter(seat, abi::Call::reply, 0, {1}, 0, reply);
    case 11: return arch::hosted::fault(kHome);
    case 12: return enter(seat, abi::Call::guest_run, peek(w_.m.table(), any_core(random).tenant_slots + 6), {});
    default: return enter(seat, abi::Call::notify, pool_handle(random, ObjectType::notification), {});
  }
}

void Stress::change_tables(const Seat& seat) {
  using Table = abi::CapTableMethod;
  static constexpr std::array kTypes{ObjectType::untyped,      ObjectType::cap_table, ObjectType::endpoint, ObjectType::endpoint,
                                     ObjectType::reply,        ObjectType::reply,     ObjectType::thread,   ObjectType::budget,
                                     ObjectType::notification, ObjectType::memory,    ObjectType::timer,    ObjectType::address_space,
                                     ObjectType::namespace_};
  Random& random = seat.random;
  const std::uint64_t table = w_.m.table_cap;
  switch (random.below(12)) {
    case 0: case 1: case 2: case 3: {
      const ObjectType type = kTypes.at(random.below(kTypes.size()));
      std::uint64_t bits = 0;
      if (type == ObjectType::untyped || type == ObjectType::memory) bits = 12 + random.below(random.one_in(10) ? 7 : 3);
      if (type == ObjectType::cap_table) bits = 2 + random.below(4);
      const std::uint64_t memory = random.one_in(3) ? pool_handle(random, ObjectType::untyped) : pool_memory_;
      return invoke(seat, memory, abi::UntypedMethod::retype, {static_cast<std::uint64_t>(type), bits, 1, table, pool_index(random)});
    }
    case 4: case 5: {
      std::uint64_t source = pool_handle(random);
      if (random.one_in(4)) source = any_core(random).endpoint;
      if (random.one_in(12)) source = workers_.at(random.below(workers_.size())).cap;
      return invoke(seat, table, Table::copy,
                    {source, pool_index(random), random.one_in(4) ? random.below(64) : 0xff, random.one_in(3) ? random.below(5) : 0});
    }
    case 6:
      return invoke(seat, table, Table::mint, {pool_handle(random, ObjectType::memory), pool_index(random), 0xff, 0, 0, kPageBytes, 1});
    case 7: return invoke(seat, table, Table::move, {pool_handle(random), pool_index(random)});
    case 8: {
      const std::uint64_t other = pool_index(random);
      return invoke(seat, table, Table::swap, {pool_handle(random), other});
    }
    case 9: return invoke(seat, table, Table::delete_, {pool_handle(random)});
    case 10:
      if (random.one_in(40)) return invoke(seat, table, Table::revoke, {pool_memory_});
      return invoke(seat, table, Table::revoke, {random.one_in(6) ? any_core(random).endpoint : pool_handle(random)});
    default: return invoke(seat, any_core(random).endpoint, abi::EndpointMethod::cancel, {random.below(3)});
  }
}

void Stress::change_threads(const Seat& seat) {
  using Method = abi::ThreadMethod;
  Random& random = seat.random;
  const bool worker = random.below(4) != 0;
  const std::uint64_t cap = worker ? workers_.at(random.below(workers_.size())).cap : pool_handle(random, ObjectType::thread);
  switch (random.below(12)) {
    case 0: return invoke(seat, cap, Method::kick);
    case 1: return invoke(seat, cap, Method::read_registers);
    case 2: return invoke(seat, cap, Method::time);
    case 3: return invoke(seat, cap, Method::resume);
    case 4: return random.one_in(3) ? invoke(seat, cap, Method::suspend) : invoke(seat, cap, Method::sync_guest);
    case 5: return invoke(seat, cap, Method::schedule, {any_core(random).budget, 40 + random.below(11)});
    case 6: return invoke(seat, cap, Method::schedule, {random.one_in(4) ? pool_handle(random, ObjectType::budget) : 0, 40 + random.below(11)});
    case 7: return invoke(seat, cap, Method::set_registers, {kHalf, kHalf, 0, 0});
    case 8: return invoke(seat, cap, Method::set_timeout, {random.one_in(2) ? 0 : any_core(random).endpoint});
    case 9: {  // each its own page
      const std::uint64_t number = random.below(workers_.size());
      return invoke(seat, workers_.at(number).cap, Method::set_guest_state, {guest_states_, number * kPageBytes});
    }
    case 10: return invoke(seat, cap, Method::pace, {30 + random.below(21), random.one_in(2) ? 0U : 200'000U});
    default: {
      const std::uint64_t stray = pool_handle(random, ObjectType::thread);
      return invoke(seat, stray, Method::configure,
                    {random.one_in(2) ? w_.m.table_cap : pool_handle(random, ObjectType::cap_table),
                     random.one_in(2) ? w_.m.space_cap : pool_handle(random, ObjectType::address_space), 0, 0,
                     random.one_in(2) ? 0 : any_core(random).endpoint});
    }
  }
}

void Stress::change_spaces(const Seat& seat) {
  using Method = abi::AddressSpaceMethod;
  Random& random = seat.random;
  const std::uint64_t space = random.one_in(3) ? pool_handle(random, ObjectType::address_space) : w_.m.space_cap;
  const std::uint64_t address = kHome + random.below(16) * kPageBytes, pages = 1 + random.below(4);
  switch (random.below(8)) {
    case 0: case 1: case 2: return invoke(seat, space, Method::map, {address, attached_, random.below(12) * kPageBytes, pages, 3});
    case 3: case 4: return invoke(seat, space, Method::unmap, {address, pages});
    case 5: return invoke(seat, space, Method::protect, {address, pages, 1});
    case 6:  // not to the space that all run in: it would end with the memory
      return invoke(seat, pool_handle(random, ObjectType::address_space), Method::donate, {pool_handle(random, ObjectType::untyped)});
    default:
      if (random.one_in(2)) return invoke(seat, space, Method::attach, {pool_handle(random, ObjectType::memory), 0x7});
      return invoke(seat, pool_handle(random, ObjectType::address_space), Method::bind_host, {w_.m.space_cap, random.below(2)});
  }
}

// The tables of guests that other cores may be in, one or two at a time.
void Stress::change_guests(const Seat& seat) {
  using Method = abi::AddressSpaceMethod;
  Random& random = seat.random;
  const auto guest = [&] { return peek(w_.m.table(), any_core(random).tenant_slots + 6); };
  const std::uint64_t address = kGuestHome + random.below(kGuestPages) * kPageBytes, pages = 1 + random.below(4);
  switch (random.below(7)) {
    case 0: case 1: return invoke(seat, guest(), Method::map, {address, attached_, random.below(12) * kPageBytes, pages, 3});
    case 5: return invoke(seat, guest(), Method::enter);
    case 2: return invoke(seat, guest(), Method::unmap, {address, pages});
    case 3: return invoke(seat, guest(), Method::unmap, {kGuestHome, kGuestPages});  // tables are free then
    case 4: return invoke(seat, guest(), Method::protect, {address, pages, 1});
    default: return invoke(seat, guest(), Method::copy_range, {guest(), kGuestHome, kGuestPages, random.below(2)});
  }
}

void Stress::change_time(const Seat& seat) {
  Random& random = seat.random;
  static constexpr std::uint64_t kMs = 1'000'000;
  const std::uint64_t share = random.one_in(3) ? 200'000 + random.below(800'000) : kMs;
  switch (random.below(6)) {
    case 0: case 1: return invoke(seat, any_core(random).timer, abi::TimerMethod::set, {random.one_in(8) ? 0 : soon(random)});
    case 2: return invoke(seat, pool_handle(random, ObjectType::timer), abi::TimerMethod::set, {soon(random)});
    case 3: return invoke(seat, pool_handle(random, ObjectType::timer), abi::TimerMethod::bind, {pool_handle(random, ObjectType::notification)});
    case 4: return invoke(seat, any_core(random).budget, abi::BudgetMethod::info);
    default:
      return invoke(seat, random.one_in(3) ? pool_handle(random, ObjectType::budget) : any_core(random).budget, abi::BudgetMethod::configure,
                    {random.below(w_.cores), share, kMs});
  }
}

// Its table is another: whatever may be in there.
void Stress::visit(const Seat& seat) {
  Random& random = seat.random;
  CapTable* table = seat.thread.table;
  if (table == nullptr || random.one_in(4)) return enter(seat, abi::Call::yield, 0, {});
  const auto any = [&] { return peek(*table, CapTable::kFirstSlot + random.below(2)); };
  switch (random.below(4)) {
    case 0: return enter(seat, abi::Call::call, any(), {1, 2});
    case 1: return enter(seat, abi::Call::send, any(), {1});
    case 2: return enter(seat, abi::Call::notify, any(), {});
    default: return enter(seat, abi::Call::wait, any(), {0, soon(random)});
  }
}

void Stress::manage(const Seat& seat) {
  Random& random = seat.random;
  switch (random.below(8)) {
    case 0: case 1: case 2:
      for (unsigned i = 0; i < 3; ++i) revive(seat);
      break;
    case 3: (void)call(seat.thread, abi::Call::notify, any_core(random).notification); break;
    case 4: (void)manage(seat, any_core(random).budget, abi::BudgetMethod::configure, {random.below(w_.cores), 1'000'000, 1'000'000}); break;
    default:
      if (of_.at(seat.core).tenant) rule(seat);
      else found(seat);
      break;
  }
  enter(seat, abi::Call::wait, of_.at(seat.core).manager_notification, {0, soon(random)});
}

void Stress::revive(const Seat& seat) {
  using Method = abi::ThreadMethod;
  Random& random = seat.random;
  const Worker& worker = workers_.at(random.below(workers_.size()));
  (void)manage(seat, worker.cap, Method::suspend);
  (void)manage(seat, worker.cap, Method::configure,
               {w_.m.table_cap, w_.m.space_cap, 0, 0, random.one_in(4) ? any_core(random).endpoint : 0});
  (void)manage(seat, worker.cap, Method::schedule, {any_core(random).budget, 40 + random.below(11)});
  if (random.one_in(2)) (void)manage(seat, worker.cap, Method::set_registers, {kHalf, kHalf, 0, 0});
  (void)manage(seat, worker.cap, Method::resume);
}

// A namespace with a table, a space and a thread; and a guest space for all workers.
void Stress::found(const Seat& seat) {
  OfCore& core = of_.at(seat.core);
  const auto make = [&](ObjectType type, std::uint64_t bits, unsigned slot) {
    return manage(seat, core.tenant_memory, abi::UntypedMethod::retype,
                  {static_cast<std::uint64_t>(type), bits, 1, w_.m.table_cap, core.tenant_slots + slot}).words[0];
  };
  const std::uint64_t space = make(ObjectType::namespace_, 0, 0), table = make(ObjectType::cap_table, 3, 1);
  const std::uint64_t address_space = make(ObjectType::address_space, 0, 2), thread = make(ObjectType::thread, 0, 3);
  const std::uint64_t page = make(ObjectType::memory, 12, 4);
  (void)make(ObjectType::memory, 12, 5);  // for its audit ring
  const std::uint64_t guest = make(ObjectType::address_space, 0, 6), tables = make(ObjectType::untyped, 14, 7);
  (void)manage(seat, guest, abi::AddressSpaceMethod::donate, {tables});
  (void)manage(seat, guest, abi::AddressSpaceMethod::bind_host, {w_.m.space_cap, seat.random.below(2)});
  for (const std::uint64_t member : {table, address_space, thread}) (void)manage(seat, space, abi::NamespaceMethod::adopt, {member});
  (void)manage(seat, table, abi::CapTableMethod::copy, {any_core(seat.random).endpoint, 2, kAllRights, 3});
  (void)manage(seat, table, abi::CapTableMethod::copy, {core.notification, 3, kAllRights, 0});
  (void)manage(seat, thread, abi::ThreadMethod::configure, {table, address_space, page, 0, 0});
  (void)manage(seat, thread, abi::ThreadMethod::set_registers, {kHalf, kHalf, 0, 0});
  (void)manage(seat, thread, abi::ThreadMethod::schedule, {any_core(seat.random).budget, 45});
  (void)manage(seat, thread, abi::ThreadMethod::resume);
  core.tenant = true;
  ++founded_;
}

void Stress::rule(const Seat& seat) {
  using Ns = abi::NamespaceMethod;
  OfCore& core = of_.at(seat.core);
  CapTable& table = w_.m.table();
  const std::uint64_t space = peek(table, core.tenant_slots), thread = peek(table, core.tenant_slots + 3);
  switch (seat.random.below(9)) {
    case 0: (void)manage(seat, space, Ns::suspend); break;
    case 6: (void)manage(seat, w_.m.table_cap, abi::CapTableMethod::revoke, {peek(table, core.tenant_slots + 7)}); break;
    case 7: (void)manage(seat, w_.m.table_cap, abi::CapTableMethod::delete_, {peek(table, core.tenant_slots + 6)}); break;
    case 1: case 2: (void)manage(seat, space, Ns::resume); break;
    case 3: (void)manage(seat, space, Ns::set_audit, {seat.random.one_in(3) ? 0 : peek(table, core.tenant_slots + 5), 31}); break;
    case 4: (void)manage(seat, thread, abi::ThreadMethod::schedule, {any_core(seat.random).budget, 45}); break;
    case 5:
      (void)manage(seat, thread, abi::ThreadMethod::suspend);
      (void)manage(seat, thread, abi::ThreadMethod::resume);
      break;
    default:
      if (seat.random.one_in(2)) (void)manage(seat, space, Ns::destroy);
      CHECK(manage(seat, w_.m.table_cap, abi::CapTableMethod::revoke, {core.tenant_memory}).ok());
      core.tenant = false;
      break;
  }
}

}  // namespace tessera::nucleus::test
