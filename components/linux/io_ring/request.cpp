// SPDX-License-Identifier: Apache-2.0
#include "components/linux/io_ring/request.hpp"

#include "components/linux/io_ring/ring.hpp"
#include "components/linux/io_ring/task.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/process/wake.hpp"
#include "components/linux/time/convert.hpp"
#include "components/linux/time/timers.hpp"

namespace tessera::lx {

namespace {
std::uint64_t all_requests = 0;
}

std::uint64_t Request::count() { return all_requests; }

Request::Request(IoRing& owner, Thread& submitter, const ring_abi::Submission& wanted)
    : ring(owner), thread(submitter), submission(wanted) {
  ++all_requests;
}

std::uint64_t Request::due_ns() const { return absolute ? time_ns : after(monotonic_ns(), time_ns); }

Request::~Request() {
  --all_requests;
  disarm_timer(timer);
  if (ready_) thread.ring_task->ready.erase(ready_place_);
}

void Request::add(WaitQueue& queue) { nodes_.push_back(std::make_unique<WaitNode>(static_cast<WaitWatcher&>(*this), queue)); }

void Request::make_ready() {
  if (ready_) return;
  ready_ = true;
  RingTask& task = *thread.ring_task;
  ready_place_ = task.ready.insert(task.ready.end(), this);
  interrupt_thread(thread);
}

}  // namespace tessera::lx
