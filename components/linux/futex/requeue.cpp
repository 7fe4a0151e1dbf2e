// SPDX-License-Identifier: Apache-2.0
#include "components/linux/futex/requeue.hpp"

#include "components/linux/core/guest_word.hpp"
#include "components/linux/core/wait.hpp"
#include "components/linux/futex/futex.hpp"
#include "components/linux/futex/owned.hpp"
#include "components/linux/futex/table.hpp"
#include "components/linux/process/contract.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/process/wake.hpp"

namespace tessera::lx {

// On the stack of the thread that waits.
struct OwnedRequest {
  FutexWaiter waiting;
  OwnedWaiter target;
  bool requeued = false;
};

Result<std::int64_t> wait_for_owned_futex(std::uint64_t address, std::uint32_t expected, std::uint64_t deadline,
                                          std::uint64_t target, bool is_private) {
  if (address == target) return fail(Errno::einval);
  Thread& self = current_thread();
  OwnedRequest request;
  request.waiting.key = TRY(futex_key(self, address, is_private));
  request.waiting.owner = &self;
  request.waiting.request = &request;
  request.target.waiter.key = TRY(futex_key(self, target, is_private));
  request.target.waiter.owner = &self;
  request.target.address = target;
  if (request.waiting.key == request.target.waiter.key) return fail(Errno::einval);
  if (TRY(load_guest_word(address)) != expected) return fail(Errno::eagain);
  futex_table().add(request.waiting);
  const auto waits = [&request] { return request.waiting.queued || request.target.waiter.queued; };
  Result<std::int64_t> result = 0;
  while (waits()) {
    const Wake wake = sleep(deadline);
    if (!waits() || wake == Wake::woken) continue;
    // Before the requeue the call may start again; behind it the word has changed.
    const Errno interrupted = request.requeued ? Errno::eagain : Errno::restart_always;
    result = fail(wake == Wake::deadline ? Errno::etimedout : interrupted);
    break;
  }
  futex_table().remove(request.waiting);
  leave_queue(request.target);
  return result;
}

Result<std::int64_t> requeue_to_owned_futex(const OwnedRequeue& wanted) {
  if (wanted.wake < 0 || wanted.requeue < 0 || wanted.from == wanted.to || wanted.wake != 1) return fail(Errno::einval);
  Thread& self = current_thread();
  const FutexKey from = TRY(futex_key(self, wanted.from, wanted.is_private));
  const FutexKey to = TRY(futex_key(self, wanted.to, wanted.is_private));
  if (from == to) return fail(Errno::einval);
  if (TRY(load_guest_word(wanted.from)) != wanted.expected) return fail(Errno::eagain);
  std::int64_t moved = 0;
  const std::int64_t most = std::int64_t{wanted.wake} + wanted.requeue;
  while (moved < most) {
    FutexWaiter* const first = futex_table().first(from);
    if (first == nullptr) break;
    OwnedRequest* const request = first->request;
    if (request == nullptr || request->target.waiter.key != to) return fail(Errno::einval);
    const bool taken = TRY(take_or_queue(request->target, wanted.to));
    futex_table().remove(*first);
    request->requeued = true;
    if (taken) wake_thread(*static_cast<Thread*>(first->owner));
    ++moved;
  }
  return moved;
}

}  // namespace tessera::lx
