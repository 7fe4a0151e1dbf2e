// SPDX-License-Identifier: Apache-2.0
// Random calls of every kind on all cores at once. Workers share the machine's table and
// a pool of its slots, which they fill, change and empty. Two servers of each core, one
// of them at the endpoint of the next core, answer whoever calls. A manager of each core, more urgent than all others, sees to it that
// there is always somebody to run: it starts workers anew, moves them, wakes who waits, and
// has a namespace with a thread of its own that it suspends, resumes and destroys, and a guest
// space that workers enter and that ends while they are in it.
#pragma once

#include <atomic>
#include <unordered_map>

#include "tests/unit/kernel/cores/host.hpp"
#include "tests/unit/kernel/fixture/random.hpp"

namespace tessera::nucleus::test {

class Stress {
 public:
  struct Options {
    unsigned cores = 2;
    std::uint64_t seed = 0;
    std::uint64_t milliseconds = 1000;
    bool may_idle = false;  // the threads of priority 0 wait, too
  };
  explicit Stress(Options options);
  void run();
  World& world() { return w_; }
  [[nodiscard]] std::uint64_t calls() const { return calls_; }
  [[nodiscard]] std::uint64_t answered() const { return answered_; }
  [[nodiscard]] std::uint64_t guest_steps() const { return guest_steps_; }

 private:
  static constexpr std::uint64_t kPoolSlots = 48, kTenantSlots = 8;
  static constexpr unsigned kWorkersPerCore = 5;
  enum class Role : std::uint8_t { keeper, manager, server, worker };
  struct Known {
    Role role;
    unsigned core;  // of keepers and managers; whose endpoint a server waits on
    std::uint64_t reply = 0;
  };
  struct OfCore {
    std::uint64_t endpoint = 0, replies = 0, notification = 0, timer = 0, wake = 0;
    std::uint64_t budget = 0;                       // that workers run on
    std::uint64_t manager_notification = 0, tenant_memory = 0, tenant_slots = 0;
    Thread* manager = nullptr;
    bool tenant = false;
  };
  struct Worker {
    Thread* thread;
    std::uint64_t cap;
  };
  struct Seat {  // where an operation is made from
    Thread& thread;
    Random& random;
    unsigned core;
  };

  void play_core(unsigned number);
  void step(const Seat& seat);
  void keep(const Seat& seat);
  void serve(const Seat& seat);
  void work(const Seat& seat);
  void visit(const Seat& seat);  // of a thread that is nobody's: a tenant's, or made by chance
  void communicate(const Seat& seat);
  void change_tables(const Seat& seat);
  void change_threads(const Seat& seat);
  void change_spaces(const Seat& seat);
  void change_guests(const Seat& seat);
  void change_time(const Seat& seat);
  void manage(const Seat& seat);
  void revive(const Seat& seat);
  void found(const Seat& seat);
  void rule(const Seat& seat);

  void enter(const Seat& seat, abi::Call number, std::uint64_t handle, Words words, std::uint32_t label = 0, std::uint64_t reply = 0,
             unsigned capabilities = 0, unsigned word_count = ~0u);
  template <typename Method>
  void invoke(const Seat& seat, std::uint64_t handle, Method method, Words words = {}) {
    enter(seat, abi::Call::invoke, handle, words, static_cast<std::uint32_t>(method));
  }
  // By a manager, to its end.
  template <typename Method>
  Outcome manage(const Seat& seat, std::uint64_t handle, Method method, Words words = {}) {
    return call(seat.thread, abi::Call::invoke, handle, words, static_cast<std::uint32_t>(method));
  }

  std::uint64_t pool_index(Random& random) { return pool_ + random.below(kPoolSlots); }
  std::uint64_t pool_handle(Random& random) { return peek(w_.m.table(), pool_index(random)); }
  std::uint64_t pool_handle(Random& random, ObjectType type);
  std::uint64_t soon(Random& random) { return arch::now_ns() + random.below(random.one_in(4) ? 200'000 : 10'000); }
  OfCore& any_core(Random& random) { return of_.at(random.below(of_.size())); }

  Options options_;
  World w_;
  std::vector<OfCore> of_;
  std::vector<Worker> workers_;
  std::unordered_map<const Thread*, Known> known_;
  std::uint64_t pool_ = 0, pool_memory_ = 0, attached_ = 0, guest_states_ = 0;
  std::atomic<bool> over_ = false;
  std::atomic<std::uint64_t> calls_ = 0, answered_ = 0, founded_ = 0, guest_steps_ = 0;
};

}  // namespace tessera::nucleus::test
