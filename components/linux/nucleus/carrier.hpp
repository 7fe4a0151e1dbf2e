// SPDX-License-Identifier: Apache-2.0
// A carrier: a nucleus thread that carries one Linux thread after the other, with
// what it needs for itself: a stack with a guard page, a message page, the page
// of guest registers, and a notification to sleep on. Making one costs many
// nucleus calls, so a carrier whose thread has ended waits for the next.
#pragma once

#include <abi/nucleus.hpp>
#include <atomic>
#include <cstdint>

#include <linux_arch/guest_state.hpp>

#include "components/linux/core/errno.hpp"
#include "components/linux/nucleus/processors.hpp"
#include "components/linux/nucleus/schedule.hpp"
#include "lib/rt/system_call.hpp"
#include "lib/rt/thread_block.hpp"

namespace tessera::lx {

class Thread;

class Carrier {
 public:
  // What a carrier does with a thread, from first to last instruction; called without the
  // big lock, returns with it held. The thread is gone afterwards.
  using Body = void (*)(Thread& thread);
  static void set_body(Body body);

  // One that ran on this processor if there is any. EAGAIN.
  static Result<Carrier*> take(unsigned processor);
  // Sets it off on its thread (Thread::carrier is this): in its guest, unless something is
  // to be done before.
  void start(Thread& thread);
  // Gives back one that was never started.
  void give_back();

  [[nodiscard]] tessera::abi::GuestState& guest() { return *guest_; }

  // --- from other threads
  // Ends its wait as soon as the calling carrier gives up the big lock, which the woken one
  // wants first of all; at once where nobody could run beside the caller.
  void wake_after_unlock();
  void kick();  // ends its guest_run, this one or the next
  void run_on(unsigned processor);  // from now on
  void set_wish(schedule::Wish wish) { told_.wish(wish); }  // of the thread that it carries
  // How long it has run for its present thread.
  [[nodiscard]] std::uint64_t job_ns() const;
  // --- in itself
  // False when the time limit passed (ns since boot; all ones: none).
  bool wait(std::uint64_t deadline_ns);
  // Runs the guest until it traps.
  [[gnu::always_inline]] static tessera::abi::GuestExit run(std::uint64_t space) {
    const auto reason = rt::guest_run(space);
    if (!reason) [[unlikely]] refused();
    return *reason;
  }
  // It is about to wait for something else than a wake.
  void rests() { told_.rests(); }
  // It has given up the big lock.
  [[gnu::always_inline]] void unlocked() {
    if (to_wake_ != nullptr) [[unlikely]] wake_awaited();
  }
  // Brings vector registers and GS base to the register page.
  void sync();

 private:
  Carrier() = default;
  static Result<Carrier*> make();
  static Carrier* take_free(unsigned processor);
  [[noreturn]] static void refused();
  static void main(Carrier* self);
  void wake();  // ends its wait
  void wake_awaited();

  std::uint64_t thread_ = 0, notification_ = 0;
  tessera::abi::GuestState* guest_ = nullptr;
  std::atomic<Thread*> job_{nullptr};
  static constexpr std::uint64_t kNotBegun = ~std::uint64_t{0};
  std::atomic<std::uint64_t> job_start_ns_{0};  // of its own running time
  rt::ThreadBlock* block_ = nullptr;
  unsigned processor_ = first_processor();
  Told told_;
  Carrier* next_free_ = nullptr;
  Carrier* to_wake_ = nullptr;  // its own: whom it wakes when it has given up the lock
};

}  // namespace tessera::lx
