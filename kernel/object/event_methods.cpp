// SPDX-License-Identifier: Apache-2.0
// Endpoint, Notification, Timer, Interrupt, Budget: the invocations.
#include "kernel/ipc/invocation.hpp"
#include "kernel/object/budget.hpp"
#include "kernel/object/derive.hpp"
#include "kernel/object/destroy.hpp"
#include "kernel/object/endpoint.hpp"
#include "kernel/object/interrupt.hpp"
#include "kernel/object/notification.hpp"
#include "kernel/object/timer.hpp"
#include "kernel/sched/scheduler.hpp"

namespace tessera::nucleus {

// Ends the sends of one badge, in steps. One walk at a time: one that was begun for
// another badge is finished first.
static bool cancel_step(Endpoint& endpoint) REQUIRES(object_lock) {
  static constexpr unsigned kSendersPerStep = 32;
  for (unsigned count = 0; count < kSendersPerStep; ++count) {
    Thread* sender = endpoint.scan;
    if (sender == nullptr) return true;
    endpoint.scan = endpoint.scan_behind(*sender);
    if (sender->sending_slot.badge != endpoint.scan_badge) continue;
    const bool fault = sender->unusual.faulted;
    end_wait(*sender, Error::cancelled);
    if (!fault) make_ready(*sender);
  }
  return false;
}

static Error cancel(Invocation& call, Endpoint& endpoint) REQUIRES(object_lock) {
  reach(endpoint);
  const std::uint64_t badge = call.argument(0);
  // Its own walk is over when none is under way, or another: who finished it began the next.
  const auto over = [&] {
    return call.thread.progress != 0 && (endpoint.scan == nullptr || endpoint.scans != call.thread.progress);
  };
  while (endpoint.side == Endpoint::Side::senders && !over()) {
    if (endpoint.scan == nullptr) {
      endpoint.scan = endpoint.scan_start();
      endpoint.scan_badge = badge;
      call.thread.progress = ++endpoint.scans;
    }
    if (!cancel_step(endpoint) && call.preempt()) return Error::ok;
  }
  return Error::ok;
}

Error invoke_endpoint(Invocation& call) {
  if (static_cast<abi::EndpointMethod>(call.method) != abi::EndpointMethod::cancel) return Error::bad_call;
  if (!call.slot.has(abi::kRightManage)) return Error::no_right;
  auto& endpoint = *call.slot.as<Endpoint>();
  return cancel(call, endpoint);
}

Error invoke_notification(Invocation& call) {
  if (static_cast<abi::NotificationMethod>(call.method) != abi::NotificationMethod::poll) return Error::bad_call;
  if (!call.slot.has(abi::kRightRead)) return Error::no_right;
  auto& notification = *call.slot.as<Notification>();
  reach(notification);
  call.result(0, notification.bits);
  notification.bits = 0;
  return Error::ok;
}

// Names the Notification that an event raises: argument `number`.
static Error bind(Invocation& call, Slot& target, unsigned number = 0) REQUIRES(object_lock) {
  const auto notification = call.capability(number, ObjectType::notification, abi::kRightWrite);
  if (!notification) return notification.error();
  Less less;
  if (const Error error = check_derive(**notification, less, 1, namespace_of(call.slot), {call.thread}); error != Error::ok) return error;
  while (!target.empty() && !clear_step(target)) let_interrupts_in();
  derive_part(**notification, target, less, 0);
  audit_crossing(target, namespace_of(**notification), namespace_of(call.slot), {call.thread});
  return Error::ok;
}

Error invoke_timer(Invocation& call) {
  auto& timer = *call.slot.as<Timer>();
  switch (static_cast<abi::TimerMethod>(call.method)) {
    case abi::TimerMethod::bind:
      if (!call.slot.has(abi::kRightManage)) return Error::no_right;
      return bind(call, timer.target);
    case abi::TimerMethod::set:
      if (!call.slot.has(abi::kRightWrite)) return Error::no_right;
      disarm(timer.node);
      if (call.argument(0) != 0) arm(timer.node, arch::ns_to_clock(call.argument(0)));
      return Error::ok;
  }
  return Error::bad_call;
}

static Error limit(Invocation& call, Interrupt& interrupt) REQUIRES(object_lock) {
  static constexpr std::uint64_t kMostNs = 1'000'000'000'000;
  const std::uint64_t count = call.argument(0), window = call.argument(1);
  if (count > ~std::uint32_t{0} || window > kMostNs || (count != 0 && window == 0)) return Error::bad_argument;
  if (call.argument(2) != 0) {
    if (const Error error = bind(call, interrupt.watch, 2); error != Error::ok) return error;
  } else {
    while (!interrupt.watch.empty() && !clear_step(interrupt.watch)) let_interrupts_in();
  }
  set_limit(interrupt, static_cast<std::uint32_t>(count), arch::ns_to_ticks(window));
  return Error::ok;
}

Error invoke_interrupt(Invocation& call) {
  auto& interrupt = *call.slot.as<Interrupt>();
  switch (static_cast<abi::InterruptMethod>(call.method)) {
    case abi::InterruptMethod::bind: {
      if (!call.slot.has(abi::kRightManage)) return Error::no_right;
      const Error error = bind(call, interrupt.target);
      if (error == Error::ok && !interrupt.stormed) arch::mute_interrupt(interrupt, false);
      return error;
    }
    case abi::InterruptMethod::acknowledge:
      if (!call.slot.has(abi::kRightWrite)) return Error::no_right;
      if (!interrupt.target.empty() && !interrupt.stormed) arch::unmask_interrupt(interrupt);
      return Error::ok;
    case abi::InterruptMethod::limit:
      if (!call.slot.has(abi::kRightExecute)) return Error::no_right;
      return limit(call, interrupt);
    case abi::InterruptMethod::info:
      if (!call.slot.has(abi::kRightRead)) return Error::no_right;
      call.result(0, interrupt.stormed ? 1 : 0);
      call.result(1, interrupt.limit);
      call.result(2, arch::ticks_to_ns(interrupt.took));
      return Error::ok;
  }
  return Error::bad_call;
}

static Error configure_budget(Invocation& call, Budget& budget) {
  static constexpr std::uint64_t kLeastNs = 10'000;
  static constexpr std::uint64_t kMostNs = 1'000'000'000'000;
  const std::uint64_t core = call.argument(0), amount = call.argument(1), period = call.argument(2);
  if (core >= core_count() || amount < kLeastNs || period > kMostNs || amount > period) return Error::bad_argument;
  const std::uint64_t share = (amount * 1'000'000 + period - 1) / period;
  Namespace& payer = *budget.member_of;
  give_back(payer, Resource::processor, budget.charged);
  const bool affordable = can_charge(payer, Resource::processor, share);
  if (affordable) budget.charged = share;
  charge(payer, Resource::processor, budget.charged);
  if (!affordable) return Error::over_limit;
  Core& last = core_at(budget.core);
  charge(last);
  (void)core_at(static_cast<unsigned>(core));
  if (budget.core != core) {
    budget.core = static_cast<std::uint16_t>(core);
    const Thread* running = last.current();  // those that are ready there move when it is their turn
    if (running != nullptr && running->active_budget == &budget) ask_to_reschedule(last);
  }
  budget.limited = amount < period;
  budget.replenishments.configure(arch::ns_to_ticks(amount), arch::ns_to_ticks(period));
  unthrottle(budget);
  return Error::ok;
}

Error invoke_budget(Invocation& call) {
  auto& budget = *call.slot.as<Budget>();
  switch (static_cast<abi::BudgetMethod>(call.method)) {
    case abi::BudgetMethod::configure:
      if (!call.slot.has(abi::kRightManage)) return Error::no_right;
      return configure_budget(call, budget);
    case abi::BudgetMethod::info:
      if (!call.slot.has(abi::kRightRead)) return Error::no_right;
      charge(core_at(budget.core));
      call.result(0, arch::ticks_to_ns(budget.consumed_ticks));
      return Error::ok;
    case abi::BudgetMethod::watch:
      if (!call.slot.has(abi::kRightWrite)) return Error::no_right;
      return bind(call, budget.contention);
  }
  return Error::bad_call;
}

}  // namespace tessera::nucleus
